import { createHash, randomBytes } from 'node:crypto';

export interface RateLimiterOptions {
  /** Requests that one key has per minute, and at once after a minute's rest. */
  readonly perMinute: number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Cells of each row; more make it rarer that two keys meet. Only tests choose. */
  readonly cells?: number;
}

const rows = 3;
const defaultCells = 16_384;
const windowMs = 60_000;

/**
 * Counts requests by key in memory of a fixed size, about 400 kB. A table of the keys themselves would have to forget some
 * when it is full, and whoever can invent keys (addresses, mostly) would choose which: they would flood it and start anew.
 * Here nothing is ever forgotten. A key is hashed to one cell in each of three rows, with a secret of the process so that
 * nobody can aim; a cell holds the time until which its keys have used up their share (the generic cell rate algorithm), and
 * the earliest of a key's three counts (a count-min sketch with conservative update). Keys that meet others in all three
 * cells are limited too early, never too late: a flood from a million addresses costs those who come without a token, and
 * nobody has to be evicted for it.
 */
export class RateLimiter {
  readonly #spentUntil: Float64Array;
  readonly #cells: number;
  readonly #intervalMs: number;
  readonly #now: () => number;
  readonly #salt = randomBytes(16);

  constructor({ perMinute, now, cells = defaultCells }: RateLimiterOptions) {
    this.#intervalMs = windowMs / perMinute;
    this.#cells = cells;
    this.#spentUntil = new Float64Array(rows * cells);
    this.#now = now;
  }

  /** Counts one request. @returns milliseconds to wait where the share is used up; that request is not counted. */
  take(key: string): number | undefined {
    const places = this.#placesOf(key);
    const spentUntil = this.#spent(places) + this.#intervalMs;
    const waitMs = this.#waitFor(spentUntil);
    if (waitMs !== undefined) return waitMs;
    for (const place of places) {
      if ((this.#spentUntil[place] ?? 0) < spentUntil) this.#spentUntil[place] = spentUntil;
    }
    return undefined;
  }

  /** Milliseconds to wait where `take` would refuse; counts nothing. */
  look(key: string): number | undefined {
    return this.#waitFor(this.#spent(this.#placesOf(key)) + this.#intervalMs);
  }

  #spent(places: readonly number[]): number {
    return Math.max(this.#now(), Math.min(...places.map((place) => this.#spentUntil[place] ?? 0)));
  }

  #waitFor(spentUntil: number): number | undefined {
    // Half a millisecond of rounding: a share of 7 per minute is no whole number of milliseconds.
    const waitMs = spentUntil - this.#now() - windowMs;
    return waitMs > 0.5 ? waitMs : undefined;
  }

  #placesOf(key: string): number[] {
    const digest = createHash('sha256').update(this.#salt).update(key).digest();
    return Array.from({ length: rows }, (_, row) => row * this.#cells + (digest.readUInt32LE(row * 4) % this.#cells));
  }
}
