import type { DriftView } from '@release-manager/contract';
import { compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../../ledger/index.ts';
import type { Release } from '../../releases/index.ts';
import type { Target } from '../judge/cluster-reader.ts';
import type { Drift, DriftChange } from './plan-drift.ts';

interface DriftRow {
  environment: string;
  cluster: string;
  service: string;
  object: string;
  field: string;
  uid: string;
  wanted: string;
  live: string;
  manager: string | null;
  since: Date;
  reported_at: Date | null;
}

const key = ['environment', 'service', 'cluster', 'object', 'field'] as const;

/** `drifts`, and what the record says of them. Only whoever holds the look at a target writes those of it. */
export class DriftStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async of({ environment, service }: Target): Promise<readonly Drift[]> {
    const rows = await this.#db<DriftRow>('drifts')
      .where({ environment, service })
      .orderBy([...key]);
    return rows.map(toDrift);
  }

  /** What people were told of, of all these services by one query. */
  async reported(services: readonly string[]): Promise<(target: Target) => readonly DriftView[]> {
    const rows = await this.#db<DriftRow>('drifts')
      .whereIn('service', [...services])
      .whereNotNull('reported_at')
      .orderBy([...key]);
    return ({ environment, service }) =>
      rows.filter((row) => row.service === service && row.environment === environment).map(toView);
  }

  /** Writes a change and, where one is told of or ends, its line in the record; in the caller's transaction. */
  async apply(release: Release, change: DriftChange, at: Date): Promise<void> {
    const { drift } = change;
    switch (change.kind) {
      case 'note':
      case 'update':
        return this.#put(release, drift);
      case 'report':
        await this.#put(release, drift);
        return this.#tell(release, drift, { kind: 'drift.found', cause: foundWords(drift), at });
      case 'forget':
        return this.#remove(release, drift);
      case 'end':
        await this.#remove(release, drift);
        return this.#tell(release, drift, { kind: 'drift.ended', cause: endedWords(drift, change.why, at), at });
    }
  }

  async #put({ environment, service }: Release, drift: Drift): Promise<void> {
    const { cluster, object, field, uid, wanted, live, by, since, reportedAt } = drift;
    await this.#db<DriftRow>('drifts')
      .insert({
        environment,
        service,
        cluster,
        object,
        field,
        uid,
        wanted,
        live,
        manager: by ?? null,
        since,
        reported_at: reportedAt ?? null,
      })
      .onConflict([...key])
      .merge();
  }

  async #remove({ environment, service }: Release, { cluster, object, field }: Drift): Promise<void> {
    await this.#db<DriftRow>('drifts').where({ environment, service, cluster, object, field }).delete();
  }

  async #tell(
    { service, environment, artifactId, id: releaseId }: Release,
    { cluster, object, uid, field, wanted, live, since, by }: Drift,
    entry: { readonly kind: 'drift.found' | 'drift.ended'; readonly cause: string; readonly at: Date },
  ): Promise<void> {
    const details = compact({ cluster, object, uid, field, wanted, live, since: since.toISOString(), by });
    const subject = { service, environment, artifactId, releaseId };
    await appendLedger(this.#db, { ...entry, ...subject, actor: { kind: 'manager' }, details });
  }
}

function foundWords({ cluster, object, field, wanted, live, by }: Drift): string {
  const who = by === undefined ? '' : `; it was set by ${by}`;
  return `${object} in the cluster ${cluster}: ${field} is ${live}, and the config repo says ${wanted}${who}`;
}

function endedWords({ cluster, object, field, since }: Drift, why: string, at: Date): string {
  const seconds = Math.round((at.getTime() - since.getTime()) / 1000);
  return `${object} in the cluster ${cluster}: the drift of ${field} ended after ${seconds} s, ${why}`;
}

function toDrift({
  cluster,
  object,
  field,
  uid,
  wanted,
  live,
  manager,
  since,
  reported_at: reportedAt,
}: DriftRow): Drift {
  const drift = { cluster, object, field, uid, wanted, live, since };
  return compact({ ...drift, by: manager ?? undefined, reportedAt: reportedAt ?? undefined });
}

function toView({ cluster, object, field, wanted, live, manager, since }: DriftRow): DriftView {
  return compact({ cluster, object, field, wanted, live, by: manager ?? undefined, since: since.toISOString() });
}
