import { AppError } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import type { DeliveryEnd, Urgency } from '../delivery.ts';
import { endLimits, longestSpanSeconds } from '../end-limits.ts';
import { budgetLeft, waitForBudget, type Write, type WriteWish } from '../write-budget.ts';

/**
 * What one end was asked to write in the last hour, in memory for the sender and in the database for whoever sends after it: a
 * restart is no new hour.
 */
export class EndBudget {
  readonly #end: DeliveryEnd;
  readonly #db: Db;
  readonly #now: () => Date;
  #log: Write[];

  private constructor(end: DeliveryEnd, db: Db, now: () => Date, log: Write[]) {
    this.#end = end;
    this.#db = db;
    this.#now = now;
    this.#log = log;
  }

  static async open(end: DeliveryEnd, db: Db, now: () => Date): Promise<EndBudget> {
    const rows = await db<{ end_name: string; lane: string | null; writes: number; at: Date }>('delivery_writes')
      .where({ end_name: end })
      .where('at', '>', new Date(now().getTime() - longestSpanSeconds * 1000))
      .orderBy('at')
      .select('lane', 'writes', 'at');
    const log = rows.map(({ lane, writes, at }) => ({ lane: lane ?? undefined, writes, at: at.getTime() }));
    return new EndBudget(end, db, now, log);
  }

  /** The writes that count. */
  get log(): readonly Write[] {
    return this.#log;
  }

  /** Milliseconds until the wish has room. */
  waitFor(wish: WriteWish): number {
    return waitForBudget(endLimits[this.#end], this.#log, wish, this.#now().getTime());
  }

  left(urgency: Urgency): number {
    return budgetLeft(endLimits[this.#end], this.#log, urgency, this.#now().getTime());
  }

  /** Lanes in which not even something final has room, and when it will (milliseconds since the epoch). */
  busyLanes(): readonly { readonly lane: string; readonly freeAt: number }[] {
    const lanes = new Set(this.#log.flatMap(({ lane }) => (lane === undefined ? [] : [lane])));
    const ofLanes = { ...endLimits[this.#end], all: [] };
    const now = this.#now().getTime();
    return [...lanes].flatMap((lane) => {
      const wait = waitForBudget(ofLanes, this.#log, { lane, writes: 1, urgency: 'final' }, now);
      return wait > 0 ? [{ lane, freeAt: now + wait }] : [];
    });
  }

  /**
   * Counts the writes before they are made, in memory at once and in the database before it returns: whatever happens
   * afterwards, they count.
   * @throws AppError limited `delivery.budget`
   */
  async spend(wish: WriteWish): Promise<void> {
    const wait = this.waitFor(wish);
    if (wait > 0) throw noRoom(this.#end, wish, wait);
    const at = this.#now();
    const oldest = at.getTime() - longestSpanSeconds * 1000;
    this.#log = [...this.#log.filter((write) => write.at > oldest), { ...wish, at: at.getTime() }];
    await this.#db('delivery_writes').insert({
      end_name: this.#end,
      lane: wish.lane ?? null,
      writes: wish.writes,
      at,
    });
  }
}

function noRoom(end: DeliveryEnd, { lane }: WriteWish, waitMs: number): AppError {
  const where = lane === undefined ? end : `${end} (${lane})`;
  return new AppError('limited', 'delivery.budget', `It waits for its turn: ${where} takes only so many writes.`, {
    details: { retryAfterSeconds: Math.ceil(waitMs / 1000) },
  });
}
