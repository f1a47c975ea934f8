import { AppError } from '@release-manager/domain';

export interface Backoff {
  /** Milliseconds around which the first pause lies; each next one is twice as long. */
  readonly base: number;
  /** Milliseconds that no pause exceeds. */
  readonly cap: number;
  /** From 0 to below 1: `Math.random`, or a fixed number in tests. */
  readonly random: () => number;
}

/**
 * Milliseconds to wait before another try after the given number of failed ones (1 = the first failed). Half of it is
 * random, so that callers who failed together do not come back together.
 */
export function backoff(attempt: number, { base, cap, random }: Backoff): number {
  const ceiling = Math.min(cap, base * 2 ** Math.min(Math.max(attempt, 1) - 1, 52));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}

export interface TimeLimit {
  readonly milliseconds: number;
  /** What is waited for, for the message: `the push to the config repo`. */
  readonly what: string;
  /** Ends the wait too, with its own reason. */
  readonly signal?: AbortSignal;
}

/**
 * Gives the work a signal that fires at the limit, and ends the wait then even where the work does not listen.
 *
 * @throws {AppError} unavailable `runtime.timeout` at the limit; the reason of `signal` when that fires first.
 */
export async function withTimeout<Result>(
  limit: TimeLimit,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { milliseconds, what, signal } = limit;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const ended = Promise.withResolvers<never>();
  const end = (reason: unknown): void => {
    controller.abort(reason);
    ended.reject(reason instanceof Error ? reason : new Error(String(reason)));
  };
  const onAbort = (): void => end(signal?.reason);
  const timer = setTimeout(() => {
    end(new AppError('unavailable', 'runtime.timeout', `${what} took longer than ${milliseconds} ms`));
  }, milliseconds);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(controller.signal), ended.promise]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
