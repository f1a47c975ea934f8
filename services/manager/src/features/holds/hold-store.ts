import { newId, type Actor } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import { keyOf, type Hold, type NewStop, type Target } from './hold.ts';

export interface HoldRow {
  id: string;
  service: string;
  environment: string;
  reason: string;
  actor: Actor;
  since: Date;
  until: Date | null;
  release_id: string | null;
  provisional: boolean;
}

export interface NewHold extends Target, NewStop {
  readonly until?: Date | undefined;
}

export interface HoldFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  /** Only those set before, and without an end. */
  readonly endlessSince?: Date | undefined;
  readonly after?: string | undefined;
}

/** `holds`. Beside the one that stands a target may have provisional ones, of rollbacks that are still in the queue. */
export class HoldStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * Sets a hold. A firm one takes the place of the firm one before it; a provisional one stands beside it, so that what was there
   * comes back when the rollback is refused. The caller holds the lock of the target.
   */
  async set(hold: NewHold): Promise<Hold> {
    const { service, environment, releaseId } = hold;
    if (releaseId === undefined) await this.removeFirm(hold);
    const row: HoldRow = {
      id: newId('hold', hold.at),
      service,
      environment,
      reason: hold.reason,
      actor: hold.actor,
      since: hold.at,
      until: hold.until ?? null,
      release_id: releaseId ?? null,
      provisional: releaseId !== undefined,
    };
    await this.#db('holds').insert({ ...row, actor: jsonb(row.actor) });
    return toHold(row);
  }

  /** Puts back what a file of the config repo remembers; it is firm. */
  async restore(hold: Omit<Hold, 'id' | 'provisional'>): Promise<void> {
    await this.#db('holds').insert({
      id: newId('hold', hold.since),
      service: hold.service,
      environment: hold.environment,
      reason: hold.reason,
      actor: jsonb(hold.actor),
      since: hold.since,
      until: hold.until ?? null,
      release_id: hold.releaseId ?? null,
    });
  }

  /** Forgets the firm ones of the target. */
  async removeFirm({ service, environment }: Target): Promise<void> {
    await this.#db<HoldRow>('holds').where({ service, environment, provisional: false }).del();
  }

  /** The hold that counts at that time: of several the one that was set last. */
  async of(target: Target, at: Date): Promise<Hold | undefined> {
    return (await this.ofTargets([target], at)).get(keyOf(target));
  }

  /** By `environment/service`. */
  async ofTargets(targets: readonly Target[], at: Date): Promise<ReadonlyMap<string, Hold>> {
    if (targets.length === 0) return new Map();
    // By the service alone an index is walked, however many holds there are; a service has few.
    const found = await this.ofServices([...new Set(targets.map(({ service }) => service))], at);
    const keys = new Set(targets.map(keyOf));
    return new Map([...found].filter(([key]) => keys.has(key)));
  }

  async ofServices(services: readonly string[], at: Date): Promise<ReadonlyMap<string, Hold>> {
    return lastOfEach(await this.#counting(at).whereIn('service', [...services]));
  }

  #counting(at: Date) {
    return this.#db<HoldRow>('holds').whereRaw('(until is null or until > ?)', [at]).orderBy(['since', 'id']);
  }

  /** Removes every hold of the target, provisional ones too. @returns the ones that stood there, the last set first */
  async lift({ service, environment }: Target): Promise<readonly Hold[]> {
    const rows = await this.#db<HoldRow>('holds').where({ service, environment }).del().returning('*');
    return rows.map(toHold).toSorted((a, b) => b.since.getTime() - a.since.getTime());
  }

  /** Removes those of the target whose time is over. */
  async removeExpired({ service, environment }: Target, at: Date): Promise<readonly Hold[]> {
    const rows = await this.#db<HoldRow>('holds')
      .where({ service, environment })
      .where('until', '<=', at)
      .del()
      .returning('*');
    return rows.map(toHold);
  }

  /** Every hold of the target, the last set first. */
  async allOf({ service, environment }: Target): Promise<readonly Hold[]> {
    const rows = await this.#db<HoldRow>('holds').where({ service, environment }).orderBy('since', 'desc');
    return rows.map(toHold);
  }

  /** The oldest first, after the last id of the page before: ids are in the order of their time. */
  async list(filter: HoldFilter, at: Date, limit: number): Promise<readonly Hold[]> {
    const { service, environment, endlessSince, after } = filter;
    const query = this.#db<HoldRow>('holds').whereRaw('(until is null or until > ?)', [at]).orderBy('id').limit(limit);
    if (after !== undefined) void query.where('id', '>', after);
    if (service !== undefined) void query.where({ service });
    if (environment !== undefined) void query.where({ environment });
    if (endlessSince !== undefined) void query.whereNull('until').where('since', '<=', endlessSince);
    return (await query).map(toHold);
  }
}

export function toHold(row: HoldRow): Hold {
  return {
    id: row.id,
    service: row.service,
    environment: row.environment,
    reason: row.reason,
    actor: row.actor,
    since: row.since,
    provisional: row.provisional,
    ...(row.until === null ? {} : { until: row.until }),
    ...(row.release_id === null ? {} : { releaseId: row.release_id }),
  };
}

/** Rows come in the order in which they were set. */
function lastOfEach(rows: readonly HoldRow[]): ReadonlyMap<string, Hold> {
  return new Map(rows.map((row) => [keyOf(row), toHold(row)]));
}
