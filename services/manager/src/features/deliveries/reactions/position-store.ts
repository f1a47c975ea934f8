import { jsonb, type Db } from '@release-manager/postgres';

/** A place in the ledger, as `LedgerStore.after` takes it. */
export interface Position {
  readonly tx: string;
  readonly id: string;
}

/** `ledger_positions`: how far each reader of the record has come. */
export class PositionStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Gives a new reader its place; one that has one keeps it. */
  async begin(name: string, { tx, id }: Position, at: Date): Promise<void> {
    await this.#db('ledger_positions').insert({ name, tx, entry: id, moved_at: at }).onConflict('name').ignore();
  }

  async find(name: string): Promise<Position | undefined> {
    const row = await this.#select(name);
    return row && toPosition(row);
  }

  /** Until the end of the transaction nobody else reads for this reader. */
  async lock(name: string): Promise<Position | undefined> {
    const row = await this.#select(name).forUpdate();
    return row && toPosition(row);
  }

  async move(name: string, { tx, id }: Position, at: Date): Promise<void> {
    await this.#db('ledger_positions').where({ name }).update({ tx, entry: id, moved_at: at });
  }

  /** Notes an entry that was gone past, for `doctor`. */
  async skipped(name: string, what: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#db('ledger_positions')
      .where({ name })
      .update({ skipped: this.#db.raw('skipped + 1'), last_skipped: jsonb(what) });
  }

  #select(name: string) {
    return this.#db<PositionRow>('ledger_positions').where({ name }).first('tx', 'entry');
  }
}

interface PositionRow {
  readonly name: string;
  readonly tx: string;
  readonly entry: number;
}

function toPosition({ tx, entry }: Pick<PositionRow, 'tx' | 'entry'>): Position {
  return { tx, id: String(entry) };
}
