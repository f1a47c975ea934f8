import { AppError, messageOf } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import { createLedgerStore, type LedgerRow } from '../../ledger/index.ts';
import type { LedgerReaction } from '../delivery.ts';
import { PositionStore } from './position-store.ts';

export interface ReactionDeps {
  readonly database: Database;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Entries in one transaction. */
const atOnce = 200;
/** What happened before that is no news for somebody who did not listen. */
const newsForDays = 7;
/** Tries of a single entry before it is gone past. */
const triesOfOne = 5;

/** Reads for one reaction. */
export interface Reader {
  readonly name: string;
  /** Takes its place, the first time at the end of the record, and after a long absence where the news begins. */
  begin(): Promise<void>;
  /**
   * Hands the next entries over. @returns whether there may be more at once
   * @throws whatever the reaction threw; the entries come again, in smaller portions
   */
  readOn(): Promise<boolean>;
}

export function createReader(reaction: LedgerReaction, deps: ReactionDeps): Reader {
  return new ReactionReader(reaction, deps);
}

class ReactionReader implements Reader {
  readonly #reaction: LedgerReaction;
  readonly #deps: ReactionDeps;
  /** Entries of a portion that failed: they are handed over one by one, so that the one that failed is known. */
  #oneByOne = 0;
  /** In a row, of a single entry. */
  #failures = 0;

  constructor(reaction: LedgerReaction, deps: ReactionDeps) {
    this.#reaction = reaction;
    this.#deps = deps;
  }

  get name(): string {
    return this.#reaction.name;
  }

  async begin(): Promise<void> {
    const { db } = this.#deps.database;
    await new PositionStore(db).begin(this.name, await createLedgerStore(db).end(), this.#deps.now());
    await this.#deps.database.transaction((tx) => this.#leaveOldBehind(tx));
  }

  /** Who was switched off for long and is switched on again does not tell of all that happened meanwhile. */
  async #leaveOldBehind(tx: Db): Promise<void> {
    const positions = new PositionStore(tx);
    const position = await positions.lock(this.name);
    const now = this.#deps.now();
    const old = new Date(now.getTime() - newsForDays * 86_400_000);
    const last = position && (await createLedgerStore(tx).lastBefore(position, old));
    if (last === undefined) return;
    this.#deps.logger.warn('entries of the record that are no news any more are left out', { reader: this.name, old });
    await positions.move(this.name, last, now);
  }

  async readOn(): Promise<boolean> {
    if (!(await this.#hasMore())) return false;
    const portion = this.#oneByOne > 0 ? 1 : atOnce;
    const handed = { count: 0 };
    try {
      const read = await this.#deps.database.transaction((tx) => this.#react(tx, portion, handed));
      this.#failures = 0;
      this.#oneByOne = Math.max(0, this.#oneByOne - 1);
      return read === portion;
    } catch (error) {
      if (portion > 1) this.#oneByOne = handed.count;
      else this.#failures += 1;
      if (this.#failures < triesOfOne || !isItsFault(error)) throw error;
      await this.#goPast(error);
      return true;
    }
  }

  /** Without a transaction of its own: most of the time there is nothing. */
  async #hasMore(): Promise<boolean> {
    const { db } = this.#deps.database;
    const position = await new PositionStore(db).find(this.name);
    if (position === undefined) return false;
    const store = createLedgerStore(db);
    if ((await store.after(position, {}, 1)).length > 0) return true;
    return BigInt(position.tx) > BigInt((await store.end()).tx);
  }

  async #react(tx: Db, portion: number, handed: { count: number }): Promise<number> {
    const rows = await this.#next(tx, portion);
    const last = rows.at(-1);
    if (last === undefined) return 0;
    handed.count = rows.length;
    await this.#reaction.react(tx, rows);
    await this.#move(tx, last);
    return rows.length;
  }

  async #next(tx: Db, portion: number): Promise<readonly LedgerRow[]> {
    const store = createLedgerStore(tx);
    const positions = new PositionStore(tx);
    const position = await positions.lock(this.name);
    if (position === undefined) return [];
    const end = await store.end();
    // Of a database that was replaced by its backup: whoever waited there would wait for ever.
    if (BigInt(position.tx) > BigInt(end.tx)) {
      this.#deps.logger.warn('the record was replaced by an older one, what comes next counts', { reader: this.name });
      await positions.move(this.name, end, this.#deps.now());
      return [];
    }
    return store.after(position, {}, portion);
  }

  async #move(tx: Db, { tx: entryTx, id }: LedgerRow): Promise<void> {
    await new PositionStore(tx).move(this.name, { tx: entryTx, id: String(id) }, this.#deps.now());
  }

  /** One entry that cannot be understood silences nobody else for ever. */
  async #goPast(error: unknown): Promise<void> {
    await this.#deps.database.transaction(async (tx) => {
      const [entry] = await this.#next(tx, 1);
      if (entry === undefined) return;
      const { id, kind, release_id: release } = entry;
      const what = { entry: id, kind, release, error: messageOf(error), at: this.#deps.now() };
      this.#deps.logger.error('an entry of the record could not be reacted to and was gone past', {
        reader: this.name,
        ...what,
      });
      await new PositionStore(tx).skipped(this.name, what);
      await this.#move(tx, entry);
    });
    this.#failures = 0;
    this.#oneByOne = Math.max(0, this.#oneByOne - 1);
  }
}

/** What is away comes back: that is no fault of the entry. */
function isItsFault(error: unknown): boolean {
  return !(error instanceof AppError && (error.kind === 'unavailable' || error.kind === 'limited'));
}
