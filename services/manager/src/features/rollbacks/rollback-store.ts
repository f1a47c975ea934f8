import type { Actor } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import type { Rollback } from './rollback.ts';

interface RollbackRow {
  id: string;
  service: string;
  environment: string;
  from_artifact_id: string | null;
  to_artifact_id: string;
  release_id: string | null;
  cancelled: string[];
  quarantined: string[];
  reason: string;
  actor: Actor;
  request_hash: string | null;
  accepted_at: Date;
}

/** `rollbacks`. */
export class RollbackStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async insert(rollback: Rollback, key: string | undefined): Promise<void> {
    await this.#db('rollbacks').insert({
      id: rollback.id,
      service: rollback.service,
      environment: rollback.environment,
      from_artifact_id: rollback.fromArtifactId ?? null,
      to_artifact_id: rollback.toArtifactId,
      release_id: rollback.releaseId ?? null,
      cancelled: [...rollback.cancelled],
      quarantined: [...rollback.quarantined],
      reason: rollback.reason,
      actor: jsonb(rollback.actor),
      idempotency_key: key ?? null,
      request_hash: rollback.requestHash ?? null,
      accepted_at: rollback.acceptedAt,
    });
  }

  /** Holds the key until the transaction ends, so that two requests under it are one after the other. */
  async findByKey(key: string): Promise<Rollback | undefined> {
    await this.#db.raw('select pg_advisory_xact_lock(hashtextextended(?, 2))', [key]);
    const row = await this.#db<RollbackRow & { idempotency_key: string }>('rollbacks')
      .where({ idempotency_key: key })
      .first();
    return row === undefined ? undefined : toRollback(row);
  }

  async ofRelease(releaseId: string): Promise<Rollback | undefined> {
    const row = await this.#db<RollbackRow>('rollbacks').where({ release_id: releaseId }).first();
    return row === undefined ? undefined : toRollback(row);
  }

  /** The last one of the target that was not refused. */
  async last(service: string, environment: string): Promise<Rollback | undefined> {
    const row = await this.#db('rollbacks as b')
      .leftJoin('releases as r', 'r.id', 'b.release_id')
      .where({ 'b.service': service, 'b.environment': environment })
      .whereRaw("coalesce(r.state, '') not in ('denied', 'cancelled')")
      .orderBy('b.accepted_at', 'desc')
      .first<RollbackRow | undefined>('b.*');
    return row === undefined ? undefined : toRollback(row);
  }
}

function toRollback(row: RollbackRow): Rollback {
  return {
    id: row.id,
    service: row.service,
    environment: row.environment,
    toArtifactId: row.to_artifact_id,
    cancelled: row.cancelled,
    quarantined: row.quarantined,
    reason: row.reason,
    actor: row.actor,
    acceptedAt: row.accepted_at,
    ...(row.from_artifact_id === null ? {} : { fromArtifactId: row.from_artifact_id }),
    ...(row.release_id === null ? {} : { releaseId: row.release_id }),
    ...(row.request_hash === null ? {} : { requestHash: row.request_hash }),
  };
}
