import type { Db } from '@release-manager/postgres';

import type { DeliveryRow, DeliveryState } from './delivery-row.ts';
import type { DeliveryEnd } from './delivery.ts';
import { deliveryChannel } from './want-delivery.ts';

export interface DeliveryFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly release?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly end?: DeliveryEnd | undefined;
  /** Only those before this id. */
  readonly before?: string | undefined;
}

/** How it stands with one end. */
export interface EndCounts {
  readonly end: DeliveryEnd;
  readonly pending: number;
  readonly failed: number;
  /** Since when the oldest waits that may go. */
  readonly oldest: Date | undefined;
}

/** Deliveries as people see them. */
export class DeliveryStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<DeliveryRow | undefined> {
    return (await this.#db('deliveries').where({ id }).first()) as DeliveryRow | undefined;
  }

  /** The newest first. */
  async list(filter: DeliveryFilter, limit: number): Promise<readonly DeliveryRow[]> {
    const { service, environment, release, state, end, before } = filter;
    const equal = { service, environment, release_id: release, state, end_name: end };
    const query = this.#db('deliveries')
      .where(Object.fromEntries(Object.entries(equal).filter(([, value]) => value !== undefined)))
      .orderBy('id', 'desc')
      .limit(limit);
    if (before !== undefined) void query.where('id', '<', before);
    return (await query) as DeliveryRow[];
  }

  /**
   * It goes now, whatever became of it before. What was sent is forgotten, so that it is written again where it was changed or
   * removed outside; which thing it is stays known.
   */
  async retry(id: string, at: Date): Promise<DeliveryRow | undefined> {
    const { rows } = await this.#db.raw<{ rows: DeliveryRow[] }>(
      `update deliveries set wanted = wanted + 1, sent_hash = null, attempts = 0, retry_at = null, not_before = null,
         pending_since = case when state = 'pending' then pending_since else :at end, state = 'pending', updated_at = :at
       where id = :id returning *`,
      { id, at },
    );
    await this.#db.raw('select pg_notify(?, ?)', [deliveryChannel, '']);
    return rows[0];
  }

  /** Of each end of which anything waits or failed. */
  async counts(now: Date): Promise<readonly EndCounts[]> {
    const { rows } = await this.#db.raw<{ rows: (Omit<EndCounts, 'oldest'> & { oldest: Date | null })[] }>(
      `select end_name as "end", (count(*) filter (where state = 'pending'))::integer as pending,
         (count(*) filter (where state = 'failed'))::integer as failed,
         min(greatest(pending_since, not_before))
           filter (where state = 'pending' and (not_before is null or not_before <= :now)) as oldest
       from deliveries where state in ('pending', 'failed') group by 1 order by 1`,
      { now },
    );
    return rows.map((row) => ({ ...row, oldest: row.oldest ?? undefined }));
  }
}
