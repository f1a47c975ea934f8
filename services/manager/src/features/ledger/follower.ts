import { comparePositions, type LedgerPosition } from './ledger-position.ts';
import { matches, type LedgerFilter, type LedgerRow } from './ledger-row.ts';

/** Entries that wait for one follower at most; about a megabyte. */
const mostWaiting = 1_000;

/**
 * What one follower has not read yet. Somebody who does not keep up is let go instead of filling the memory: everything is in
 * the database, and the position that was read last continues from there.
 */
export class Follower {
  readonly filter: LedgerFilter;
  readonly #waiting: LedgerRow[] = [];
  #wake = Promise.withResolvers<void>();
  #ended = false;

  constructor(filter: LedgerFilter) {
    this.filter = filter;
  }

  get ended(): boolean {
    return this.#ended;
  }

  offer(rows: readonly LedgerRow[]): void {
    if (this.#ended) return;
    const wanted = rows.filter((row) => matches(row, this.filter));
    if (wanted.length === 0) return;
    if (this.#waiting.length + wanted.length > mostWaiting) this.end();
    else this.#waiting.push(...wanted);
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#waiting.length = 0;
    this.#wake.resolve();
  }

  /** Entries beyond `position`, as they come, until the follower is ended. */
  async *read(position: LedgerPosition): AsyncGenerator<LedgerRow> {
    for (;;) {
      const row = this.#waiting.shift();
      if (row !== undefined) {
        // What was offered while the past was being read may have been part of it.
        if (comparePositions({ tx: row.tx, id: String(row.id) }, position) > 0) yield row;
      } else if (this.#ended) {
        return;
      } else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers<void>();
      }
    }
  }
}
