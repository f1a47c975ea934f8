import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import { Follower } from './follower.ts';
import type { LedgerPosition } from './ledger-position.ts';
import type { LedgerFilter, LedgerRow } from './ledger-row.ts';
import type { LedgerStore } from './ledger-store.ts';

export interface FollowOptions {
  readonly filter: LedgerFilter;
  /** Begins behind this; with what comes next when absent. */
  readonly after?: LedgerPosition | undefined;
  /** Ends the following. */
  readonly signal: AbortSignal;
}

/** The ledger as it grows, for many followers at the price of one query per change. */
export interface LedgerFeed {
  /**
   * Every complete entry exactly once and in order, until the signal is aborted or the follower does not keep up.
   * @throws AppError limited `ledger.too-many-followers`
   */
  follow(options: FollowOptions): Promise<AsyncIterable<LedgerRow>>;
  close(): Promise<void>;
}

export interface LedgerFeedOptions {
  readonly database: Database;
  readonly store: LedgerStore;
  readonly logger: Logger;
  readonly maxFollowers?: number;
}

const batch = 500;
/** Should a notification be lost in spite of everything. */
const backstopMs = 5_000;
/** Entries wait for an older transaction, whose end nobody notifies of: look again soon, and less often the longer it takes. */
const firstLookMs = 50;
const longestLookMs = 2_000;

/** Listens on one connection for the whole process. */
export async function createLedgerFeed(options: LedgerFeedOptions): Promise<LedgerFeed> {
  const feed = new Feed(options);
  const listening = await options.database.listen('ledger', () => feed.wake());
  const backstop = setInterval(() => feed.wake(), backstopMs);
  backstop.unref();
  return {
    follow: (follow) => feed.follow(follow),
    close: async () => {
      clearInterval(backstop);
      feed.end();
      await listening.close();
    },
  };
}

interface Joined {
  readonly follower: Follower;
  readonly joinedAt: LedgerPosition;
  readonly after: LedgerPosition | undefined;
  readonly leave: () => void;
}

class Feed {
  readonly #store: LedgerStore;
  readonly #logger: Logger;
  readonly #maxFollowers: number;
  readonly #followers = new Set<Follower>();
  /** Everybody in `#followers` has been offered everything up to here. */
  #position: LedgerPosition = { tx: '0', id: '0' };
  #turn: Promise<unknown> = Promise.resolve();
  #woken = false;
  #soon: NodeJS.Timeout | undefined;
  #lookMs = firstLookMs;

  constructor({ store, logger, maxFollowers = 1_000 }: LedgerFeedOptions) {
    this.#store = store;
    this.#logger = logger;
    this.#maxFollowers = maxFollowers;
  }

  async follow({ filter, after, signal }: FollowOptions): Promise<AsyncIterable<LedgerRow>> {
    const follower = new Follower(filter);
    // Joining takes its turn with reading: between the position that is taken here and the first offer nothing is read.
    const joinedAt = await this.#inTurn(async () => {
      if (this.#followers.size >= this.#maxFollowers) throw tooMany(this.#maxFollowers);
      if (this.#followers.size === 0) this.#position = await this.#store.end();
      this.#followers.add(follower);
      return this.#position;
    });
    const leave = (): void => {
      this.#followers.delete(follower);
      follower.end();
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    // What became visible before this moment may have been notified of already.
    this.wake();
    return this.#entries({ follower, joinedAt, after: await this.#known(after), leave });
  }

  /**
   * A position that was ever given out lies below the transactions of now. One that does not is of a database that was
   * replaced by its backup: whoever waited there would wait for ever, so they begin with what comes next.
   */
  async #known(after: LedgerPosition | undefined): Promise<LedgerPosition | undefined> {
    if (after === undefined) return undefined;
    const end = await this.#store.end();
    return BigInt(after.tx) < BigInt(end.tx) ? after : undefined;
  }

  /** Reads what is new and offers it to everybody; called as often as somebody likes. */
  wake(): void {
    if (this.#woken || this.#followers.size === 0) return;
    this.#woken = true;
    this.#inTurn(() => this.#readNew()).catch((error: unknown) => {
      this.#logger.warn('ledger could not be read for followers', { error });
    });
  }

  end(): void {
    clearTimeout(this.#soon);
    for (const follower of this.#followers) follower.end();
    this.#followers.clear();
  }

  async *#entries({ follower, joinedAt, after, leave }: Joined): AsyncGenerator<LedgerRow> {
    let position = after ?? joinedAt;
    try {
      if (after !== undefined) {
        for await (const row of this.#past(after, follower)) {
          yield row;
          position = { tx: row.tx, id: String(row.id) };
        }
      }
      yield* follower.read(position);
    } finally {
      leave();
    }
  }

  /** The past comes from the database; what happens meanwhile waits in the follower and is told apart by its position. */
  async *#past(after: LedgerPosition, follower: Follower): AsyncGenerator<LedgerRow> {
    let position = after;
    while (!follower.ended) {
      const rows = await this.#store.after(position, follower.filter, batch);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < batch) return;
      position = { tx: last.tx, id: String(last.id) };
    }
  }

  async #readNew(): Promise<void> {
    this.#woken = false;
    clearTimeout(this.#soon);
    if (this.#followers.size === 0) return;
    // Asked before reading: what becomes complete in between is read, and what is committed in between notifies. The other way
    // round, an entry whose older transaction is rolled back between both questions would wait for the backstop.
    const incomplete = await this.#store.hasIncomplete();
    let more = true;
    while (more) more = await this.#readBatch();
    if (!incomplete) return;
    this.#soon = setTimeout(() => this.wake(), this.#lookMs);
    this.#soon.unref();
    this.#lookMs = Math.min(this.#lookMs * 2, longestLookMs);
  }

  /** True when there may be more. */
  async #readBatch(): Promise<boolean> {
    const rows = await this.#store.after(this.#position, {}, batch);
    const last = rows.at(-1);
    if (last === undefined) return false;
    this.#lookMs = firstLookMs;
    for (const follower of this.#followers) follower.offer(rows);
    this.#position = { tx: last.tx, id: String(last.id) };
    return rows.length === batch;
  }

  /** One after another, so that the position and the followers change together. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function tooMany(most: number): AppError {
  return new AppError('limited', 'ledger.too-many-followers', `${most} are following already.`, {
    next: 'try again later, or ask for GET /v1/ledger from time to time',
  });
}
