import { jsonb, type Db } from '@release-manager/postgres';

import type { DeliveryFault, DeliveryRow } from '../delivery-row.ts';
import type { Delivered, DeliveryEnd } from '../delivery.ts';

/**
 * How long nobody touches what a dead process was about to send: it may still arrive, and the lists in which it is then looked up
 * run a little behind.
 */
const graceSeconds = 5;

/** What may go now, with what says whether its turn has come. */
export interface DueDelivery {
  readonly id: string;
  readonly urgency: number;
  readonly lane: string | null;
}

export interface DueFilter {
  readonly kinds: readonly string[];
  /** The highest rank that the budget has room for. */
  readonly mostRank: number;
  /** Lanes that have no room. */
  readonly busyLanes: readonly string[];
  readonly limit: number;
}

/** A try that is under way: its row as it was claimed, and the proof that it is ours. */
export interface Claimed {
  readonly row: DeliveryRow;
  readonly claim: string;
}

/** What a failed try leaves behind. */
export interface AttemptTrace {
  readonly fault: DeliveryFault;
  readonly lane: string | undefined;
  readonly inDoubt: boolean;
}

const ready = `state = 'pending' and (attempt_began_at is null or attempt_began_at <= :settled)
  and (not_before is null or not_before <= :now) and (retry_at is null or retry_at <= :now)`;

/** The deliveries of one end, as whoever sends them sees them. */
export class DueStore {
  readonly #db: Db;
  readonly #end: DeliveryEnd;

  constructor(db: Db, end: DeliveryEnd) {
    this.#db = db;
    this.#end = end;
  }

  /** The most urgent first, then the oldest. */
  async due({ kinds, mostRank, busyLanes, limit }: DueFilter, now: Date): Promise<readonly DueDelivery[]> {
    const { rows } = await this.#db.raw<{ rows: DueDelivery[] }>(
      `select id, urgency, lane from deliveries
       where end_name = :end and kind = any(cast(:kinds as text[])) and ${ready} and urgency <= :mostRank
         and (lane is null or lane <> all(cast(:busyLanes as text[])))
       order by urgency, pending_since, id limit :limit`,
      { end: this.#end, kinds, mostRank, busyLanes, limit, ...this.#times(now) },
    );
    return rows;
  }

  /** When the next one that waits for its time may go. */
  async nextDue(kinds: readonly string[], now: Date): Promise<Date | undefined> {
    const { rows } = await this.#db.raw<{ rows: { at: Date | null }[] }>(
      `select min(greatest(not_before, retry_at, attempt_began_at + make_interval(secs => :grace))) as at from deliveries
       where end_name = :end and kind = any(cast(:kinds as text[])) and state = 'pending' and not (${ready})`,
      { end: this.#end, kinds, grace: graceSeconds, ...this.#times(now) },
    );
    return rows[0]?.at ?? undefined;
  }

  /**
   * Notes that a try begins, before it does. A try that began and of whose end nobody wrote leaves its successor in doubt.
   * Those that somebody wants anew at this moment are left for the next time: waiting for them could wait for each other.
   * @returns the rows in the order of the ids; without those that somebody else took
   */
  async claim(ids: readonly string[], claim: string, now: Date): Promise<readonly Claimed[]> {
    const { rows } = await this.#db.raw<{ rows: DeliveryRow[] }>(
      `update deliveries set in_doubt = in_doubt or attempt_began_at is not null, attempt_began_at = :now,
         attempts = attempts + 1, claim = :claim, updated_at = :now
       where id in (
         select id from deliveries where id = any(cast(:ids as text[])) and ${ready} for update skip locked) returning *`,
      { ids, claim, ...this.#times(now) },
    );
    const found = new Map(rows.map((row) => [row.id, row]));
    return ids.flatMap((id) => {
      const row = found.get(id);
      return row === undefined ? [] : [{ row, claim }];
    });
  }

  /** It shows what was wanted when it was claimed; what was wanted since then goes next. */
  async recordDelivered(claimed: Claimed, delivered: Delivered, lane: string | undefined, now: Date): Promise<void> {
    const { row } = claimed;
    const gone = delivered.outcome === 'gone';
    await this.#record(
      claimed,
      `sent = :wanted, sent_hash = :hash, external = cast(:external as jsonb), delivered_at = :now, attempts = 0,
       in_doubt = false, retry_at = null, last_error = null, lane = coalesce(:lane, lane),
       pending_since = case when wanted > :wanted then :now else pending_since end,
       state = case when wanted > :wanted then 'pending' else :state end`,
      {
        state: gone ? 'gone' : 'delivered',
        hash:
          (gone ? undefined : delivered.hash) ??
          (delivered.outcome === 'unchanged' && !row.in_doubt ? row.sent_hash : null),
        external: gone ? null : jsonbOrNull(delivered.external ?? row.external),
        lane: lane ?? null,
        now,
      },
    );
  }

  /** Tried again later. `counted`: it was a try that failed, and no mere waiting for room. */
  async recordLater(
    claimed: Claimed,
    later: AttemptTrace & { readonly retryAt: Date | undefined; readonly counted: boolean },
    now: Date,
  ): Promise<void> {
    await this.#record(
      claimed,
      `retry_at = :retryAt, attempts = attempts - :uncounted, in_doubt = :inDoubt,
       last_error = cast(:fault as jsonb), lane = coalesce(:lane, lane)`,
      { retryAt: later.retryAt ?? null, uncounted: later.counted ? 0 : 1, ...traceValues(later), now },
    );
  }

  /** Not tried again, unless it was wanted anew meanwhile. */
  async recordFailed(claimed: Claimed, trace: AttemptTrace, now: Date): Promise<void> {
    await this.#record(
      claimed,
      `in_doubt = :inDoubt, last_error = cast(:fault as jsonb), lane = coalesce(:lane, lane), retry_at = null,
       state = case when wanted > :wanted then 'pending' else 'failed' end`,
      { ...traceValues(trace), now },
    );
  }

  /** The end, or one lane of it, answers again: what waits because it did not need not wait longer. */
  async retryNow(lane?: string): Promise<void> {
    const waiting = this.#db('deliveries')
      .where({ end_name: this.#end, state: 'pending', ...(lane === undefined ? {} : { lane }) })
      .whereNotNull('retry_at')
      .select('id')
      .forUpdate()
      .skipLocked();
    await this.#db('deliveries').whereIn('id', waiting).update({ retry_at: null });
  }

  async #record({ row, claim }: Claimed, set: string, values: Values): Promise<void> {
    await this.#db.raw(
      `update deliveries set ${set}, attempt_began_at = null, claim = null, updated_at = :now
       where id = :id and claim = :claim`,
      { ...values, id: row.id, claim, wanted: row.wanted },
    );
  }

  #times(now: Date): { now: Date; settled: Date } {
    return { now, settled: new Date(now.getTime() - graceSeconds * 1000) };
  }
}

type Values = Readonly<Record<string, string | number | boolean | Date | null>>;

function traceValues({ fault, lane, inDoubt }: AttemptTrace): Values {
  return { fault: jsonb(fault), lane: lane ?? null, inDoubt };
}

function jsonbOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : jsonb(value);
}
