/** A property that changes while others wait: read through a call, so that the compiler does not think it knows it. */
export function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
