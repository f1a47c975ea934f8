import type { Actor } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import { keyOf, type Target } from './hold.ts';

/** Who changed a hold or a quarantine of the target, and why. */
export interface StateChange extends Target {
  readonly actor: Actor;
  readonly reason?: string | undefined;
}

/** A target whose file in the config repo may be behind its rows. */
export interface StaleFile extends StateChange {
  readonly version: number;
}

export interface KnownFile {
  readonly version: number;
  /** The rows changed since it was written. */
  readonly isBehind: boolean;
}

interface StateFileRow {
  environment: string;
  service: string;
  version: number;
  written_version: number;
  actor: Actor;
  reason: string | null;
  changed_at: Date;
}

/** `state_files`: which files of the config repo have to be looked at. What they hold is read off the rows. */
export class StateFileStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Says that rows of these targets changed. One statement in the order of the key: two of them never wait for each other. */
  async changed(changes: readonly StateChange[], at: Date): Promise<void> {
    const last = new Map(changes.map((change) => [`${change.environment}/${change.service}`, change]));
    if (last.size === 0) return;
    await this.#db.raw(
      `insert into state_files as f (environment, service, version, written_version, actor, reason, changed_at)
       select c.environment, c.service, 1, 0, c.actor, c.reason, ?
       from jsonb_to_recordset(?::jsonb) as c(environment text, service text, actor jsonb, reason text)
       order by c.environment, c.service
       on conflict (environment, service) do update set version = f.version + 1, actor = excluded.actor, reason = excluded.reason, changed_at = excluded.changed_at`,
      [at, jsonb([...last.values()])],
    );
  }

  /** What is known of these files, by `environment/service`; held until the transaction ends. */
  async lock(targets: readonly Target[]): Promise<ReadonlyMap<string, KnownFile>> {
    const { rows } = await this.#db.raw<{ rows: StateFileRow[] }>(
      `select f.* from state_files f
       join jsonb_to_recordset(?::jsonb) as t(environment text, service text) using (environment, service)
       order by f.environment, f.service for update of f`,
      [jsonb(targets)],
    );
    return new Map(
      rows.map((row) => [keyOf(row), { version: row.version, isBehind: row.version > row.written_version }]),
    );
  }

  /** Says that the rows of a target are what its file said at that version. */
  async restored({ environment, service }: Target, version: number, at: Date): Promise<void> {
    await this.#db('state_files')
      .insert({
        environment,
        service,
        version,
        written_version: version,
        actor: jsonb({ kind: 'manager' }),
        changed_at: at,
      })
      .onConflict(['environment', 'service'])
      .merge();
  }

  /** Those that are behind, and those of these targets, whether behind or not. */
  async behind(limit: number, also: readonly Target[]): Promise<readonly StaleFile[]> {
    const { rows } = await this.#db.raw<{ rows: StateFileRow[] }>(
      `(select * from state_files where version > written_version order by environment, service limit ?)
       union
       select * from state_files where (environment, service) in (
         select environment, service from jsonb_to_recordset(?::jsonb) as t(environment text, service text))`,
      [limit, jsonb(also)],
    );
    return rows.map((row) => ({
      environment: row.environment,
      service: row.service,
      version: row.version,
      actor: row.actor,
      ...(row.reason === null ? {} : { reason: row.reason }),
    }));
  }

  /** Those that somebody changed before that time and nobody wrote since. */
  async behindSince(at: Date, limit: number): Promise<readonly Target[]> {
    return this.#db<StateFileRow>('state_files')
      .whereRaw('version > written_version')
      .where('changed_at', '<', at)
      .orderBy(['environment', 'service'])
      .limit(limit)
      .select('environment', 'service');
  }

  /** Says that the files hold what the rows said at these versions. */
  async written(files: readonly (Target & { readonly version: number })[]): Promise<void> {
    if (files.length === 0) return;
    await this.#db.raw(
      `update state_files f set written_version = greatest(f.written_version, w.version)
       from (select * from jsonb_to_recordset(?::jsonb) as t(environment text, service text, version bigint)
             order by environment, service) w
       where (f.environment, f.service) = (w.environment, w.service)`,
      [jsonb(files)],
    );
  }
}
