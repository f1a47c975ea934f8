import { newId } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import { appendLedger } from '../../ledger/index.ts';
import type { Release } from '../../releases/index.ts';
import type { Why } from '../verdict/cluster-verdict.ts';
import type { Incident, IncidentChange } from './find-incidents.ts';

interface IncidentRow {
  readonly id: string;
  readonly release_id: string;
  readonly cluster: string;
  readonly object: string;
  readonly why: Why;
  readonly restarts: Readonly<Record<string, number>>;
  readonly times: number;
  readonly opened_at: Date;
  readonly closed_at: Date | null;
}

/** `incidents`, and what the record says of them. An incident never changes the state of its release. */
export class IncidentStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async open(releaseId: string): Promise<readonly Incident[]> {
    const rows = await this.#db<IncidentRow>('incidents').where({ release_id: releaseId }).whereNull('closed_at');
    return rows.map(({ id, cluster, object, why, restarts, times, opened_at: openedAt }) => ({
      id,
      cluster,
      object,
      why,
      restarts,
      times,
      openedAt,
    }));
  }

  /** Writes a change and, where one opens or closes, its line in the record; in the caller's transaction. */
  async apply(release: Release, change: IncidentChange, at: Date): Promise<void> {
    switch (change.kind) {
      case 'open':
        return this.#begin(release, change, at);
      case 'again': {
        const { incident, why, restarts, crashes } = change;
        await this.#db('incidents')
          .where({ id: incident.id })
          .update({ why: jsonb(why), restarts: jsonb(restarts), times: incident.times + crashes, last_at: at });
        return undefined;
      }
      case 'close':
        return this.#end(release, change.incident, at);
    }
  }

  /** What another release replaced is no trouble of the service any more. */
  async closeOthers(current: Release, at: Date): Promise<void> {
    await this.#db('incidents')
      .where({ service: current.service, environment: current.environment })
      .whereNot({ release_id: current.id })
      .whereNull('closed_at')
      .update({ closed_at: at });
  }

  async #begin(release: Release, change: Extract<IncidentChange, { kind: 'open' }>, at: Date): Promise<void> {
    const { cluster, object, why, restarts } = change;
    const { service, environment, id: releaseId } = release;
    const inserted = await this.#db('incidents')
      .insert({
        id: newId('inc', at),
        release_id: releaseId,
        environment,
        cluster,
        service,
        object,
        code: why.code,
        why: jsonb(why),
        restarts: jsonb(restarts),
        opened_at: at,
        last_at: at,
      })
      .onConflict()
      .ignore()
      .returning('id');
    if (inserted.length === 0) return;
    await this.#tell(
      release,
      { kind: 'incident.opened', cause: `${object}: ${why.message}`, details: { cluster, why } },
      at,
    );
  }

  async #end(release: Release, { id, cluster, object, times, openedAt }: Incident, at: Date): Promise<void> {
    await this.#db('incidents').where({ id }).update({ closed_at: at });
    const seconds = Math.round((at.getTime() - openedAt.getTime()) / 1000);
    const cause = `${object} is well again after ${seconds} s${times > 1 ? ` and ${times} crashes` : ''}`;
    await this.#tell(release, { kind: 'incident.closed', cause, details: { cluster, times } }, at);
  }

  async #tell(
    { service, environment, artifactId, id: releaseId }: Release,
    entry: { readonly kind: string; readonly cause: string; readonly details: Record<string, unknown> },
    at: Date,
  ): Promise<void> {
    await appendLedger(this.#db, {
      ...entry,
      actor: { kind: 'manager' },
      service,
      environment,
      artifactId,
      releaseId,
      at,
    });
  }
}
