import { backoff } from '@release-manager/runtime';

/** So many different deliveries in a row that found nobody are no accident of one of them. */
const awayAfter = 3;
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;

/**
 * Whether an end answers. While it does not, one delivery at a time is tried, and rarely: what piled up meets an end that comes
 * back at the pace of the budget, never as a flood. Pure but for what it remembers.
 */
export class EndPulse {
  readonly #random: () => number;
  readonly #failed = new Set<string>();
  #tries = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  get away(): boolean {
    return this.#failed.size >= awayAfter;
  }

  /** It answered, whatever it said. @returns whether it had been away */
  answered(): boolean {
    const wasAway = this.away;
    this.#failed.clear();
    this.#tries = 0;
    return wasAway;
  }

  /** A delivery found nobody. @returns for how many milliseconds nobody tries, when it is more than this one's bad luck */
  silent(deliveryId: string): number | undefined {
    this.#failed.add(deliveryId);
    if (!this.away) return undefined;
    this.#tries += 1;
    return backoff(this.#tries, { base: firstPauseMs, cap: longestPauseMs, random: this.#random });
  }
}
