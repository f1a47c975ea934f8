import { AppError } from '@release-manager/domain';

/**
 * Keeps still while GitHub wants to hear nothing: whoever goes on asking through a limit is locked out for longer. The limits
 * are counted per installation, so each owner of repositories has a gate of its own.
 */
export class RequestGate {
  readonly #closedUntil = new Map<string, number>();

  /** @throws AppError limited `github.rate-limited` without a request, while the pause lasts */
  assertOpen(owner: string, now: Date): void {
    const until = this.#closedUntil.get(owner);
    if (until === undefined) return;
    const retryAfterSeconds = Math.ceil((until - now.getTime()) / 1000);
    if (retryAfterSeconds <= 0) {
      this.#closedUntil.delete(owner);
      return;
    }
    throw new AppError('limited', 'github.rate-limited', `GitHub takes no more requests for now: asking of ${owner}.`, {
      next: `It is tried again in ${retryAfterSeconds} s.`,
      details: { retryAfterSeconds },
    });
  }

  /** Looks whether the error is such a pause, and remembers it. */
  heed(owner: string, error: AppError, now: Date): void {
    const seconds = error.details['retryAfterSeconds'];
    if (typeof seconds === 'number') this.#closedUntil.set(owner, now.getTime() + seconds * 1000);
  }
}
