import { gitHubError, type FakeAnswer } from './answer.ts';

/** GitHub's limits of writing, as it documents them; other numbers make a test short. */
export interface WriteLimits {
  readonly perMinute: number;
  readonly perHour: number;
}

const documentedLimits: WriteLimits = { perMinute: 80, perHour: 500 };

const minute = 60_000;
const hour = 3_600_000;

/** Counts what writes, in windows that slide, and refuses as GitHub does. */
export class WriteCounter {
  #limits = documentedLimits;
  readonly #times: number[] = [];
  #refused = 0;
  #mostInMinute = 0;

  set limits(limits: WriteLimits) {
    this.#limits = limits;
  }

  /** Writes that were refused for their number. */
  get refused(): number {
    return this.#refused;
  }

  /** The most that one minute saw. */
  get mostInMinute(): number {
    return this.#mostInMinute;
  }

  /** @returns a refusal, or undefined once the write is counted. */
  take(now: Date): FakeAnswer | undefined {
    const at = now.getTime();
    while ((this.#times[0] ?? at) <= at - hour) this.#times.shift();
    const inMinute = this.#times.filter((time) => time > at - minute);
    const { perMinute, perHour } = this.#limits;
    const oldest = inMinute.length >= perMinute ? inMinute[0] : undefined;
    if (oldest !== undefined) return this.#refuse(oldest + minute - at);
    if (this.#times.length >= perHour) return this.#refuse((this.#times[0] ?? at) + hour - at);
    this.#times.push(at);
    this.#mostInMinute = Math.max(this.#mostInMinute, inMinute.length + 1);
    return undefined;
  }

  #refuse(waitMs: number): FakeAnswer {
    this.#refused += 1;
    const refusal = gitHubError(403, 'You have exceeded a secondary rate limit. Please wait a few minutes.');
    return { ...refusal, headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) } };
  }
}
