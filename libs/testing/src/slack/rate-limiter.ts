/** Counts requests in windows that slide, on the clock it is given. */
export class RateLimiter {
  readonly #seen = new Map<string, number[]>();

  /** @returns the seconds to wait, whole ones as Slack says them; nothing when the request counts and may pass */
  take(key: string, limit: { readonly most: number; readonly seconds: number }, now: Date): number | undefined {
    const at = now.getTime();
    const spanMs = limit.seconds * 1000;
    const recent = (this.#seen.get(key) ?? []).filter((each) => at - each < spanMs);
    this.#seen.set(key, recent);
    const first = recent.at(-limit.most);
    if (recent.length >= limit.most && first !== undefined) return Math.max(1, Math.ceil((first + spanMs - at) / 1000));
    recent.push(at);
    return undefined;
  }
}
