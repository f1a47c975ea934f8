import { canBecome, AppError, type ReleaseState } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import { toRelease, type ReleaseRow } from './release-row.ts';
import type { NewRelease, Release, ReleaseFailure } from './release.ts';

export interface Transition {
  readonly to: ReleaseState;
  readonly at: Date;
  readonly waitsFor?: string;
  readonly failure?: ReleaseFailure;
  readonly supersededBy?: string;
  readonly decision?: Release['decision'];
}

export interface ReleaseFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly artifactId?: string | undefined;
  readonly state?: ReleaseState | undefined;
  readonly requestId?: string | undefined;
}

/** The rows of `releases`. Every method runs on the transaction (or pool) that it was made with. */
export class ReleaseStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Inserts a record in its first state; a `queued` one takes its place at the end of the queue. */
  async insert(release: NewRelease): Promise<Release> {
    const queued = release.state === 'queued';
    const [row] = await this.#db<ReleaseRow>('releases')
      .insert({
        ...toColumns(release),
        ...(queued ? { queue_seq: this.#db.raw("nextval('release_queue_seq')"), queued_at: release.requestedAt } : {}),
      })
      .returning('*');
    if (row === undefined) throw new AppError('bug', 'release.insert', 'The release was not inserted.');
    return toRelease(row);
  }

  async find(id: string): Promise<Release | undefined> {
    const row = await this.#db<ReleaseRow>('releases').where({ id }).first();
    return row === undefined ? undefined : toRelease(row);
  }

  /** What was asked for before under any of these keys, in the order in which it was. */
  async findByIdempotencyKeys(keys: readonly string[]): Promise<readonly Release[]> {
    const rows = await this.#db<ReleaseRow & { idempotency_key: string }>('releases')
      .whereIn('idempotency_key', [...keys])
      .orderBy('seq');
    return rows.map(toRelease);
  }

  /** Newest first, before the position `before`. */
  async list(filter: ReleaseFilter, limit: number, before?: number): Promise<readonly Release[]> {
    const columns = {
      service: filter.service,
      environment: filter.environment,
      artifact_id: filter.artifactId,
      state: filter.state,
      request_id: filter.requestId,
    };
    const query = this.#db<ReleaseRow>('releases')
      .where(Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined)))
      .orderBy('seq', 'desc')
      .limit(limit);
    if (before !== undefined) void query.where('seq', '<', before);
    return (await query).map(toRelease);
  }

  async findMany(ids: readonly string[]): Promise<ReadonlyMap<string, Release>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#db<ReleaseRow>('releases').whereIn('id', [...ids]);
    return new Map(rows.map((row) => [row.id, toRelease(row)]));
  }

  /** What stands before the config repo for any of these services, in the order of the queue. */
  async pendingOf(services: readonly string[]): Promise<readonly Release[]> {
    const rows = await this.#db<ReleaseRow>('releases')
      .whereIn('state', ['queued', 'waiting'])
      .whereIn('service', [...services])
      .orderByRaw('queue_seq nulls last, seq');
    return rows.map(toRelease);
  }

  /** What stands before the config repo for a target, in the order in which it would be committed; waiting ones last. */
  async pending(service: string, environment: string): Promise<readonly Release[]> {
    const all = await this.pendingOf([service]);
    return all.filter((release) => release.environment === environment);
  }

  async lastRequested(service: string, environment: string): Promise<Release | undefined> {
    const row = await this.#db<ReleaseRow>('releases').where({ service, environment }).orderBy('seq', 'desc').first();
    return row === undefined ? undefined : toRelease(row);
  }

  /** The automatic release of the artifact to the environment that was recorded before, whatever became of it. */
  async automatedBefore(artifactId: string, environment: string): Promise<Release | undefined> {
    const row = await this.#db<ReleaseRow>('releases')
      .where({ artifact_id: artifactId, environment, automatic: true })
      .orderBy('seq')
      .first();
    return row === undefined ? undefined : toRelease(row);
  }

  /**
   * Serialises everything that decides about one target (service, environment) until the transaction ends, so that
   * "already there", superseding and queue order are judged on what is really there.
   */
  async lockTarget(service: string, environment: string): Promise<void> {
    await this.#db.raw('select pg_advisory_xact_lock(hashtextextended(?, 1))', [`${environment}/${service}`]);
  }

  /**
   * Older automatic releases of the target that may still be superseded: not yet part of a push attempt whose fate is open,
   * since such a one may be in the config repo already.
   */
  async supersedable(service: string, environment: string): Promise<readonly Release[]> {
    const rows = await this.#db<ReleaseRow>('releases')
      .where({ service, environment, automatic: true })
      .whereIn('state', ['queued', 'waiting'])
      .whereNotExists(
        this.#db('push_attempt_releases as r')
          .join('push_attempts as a', 'a.id', 'r.attempt_id')
          .whereRaw('r.release_id = releases.id')
          .where('a.state', 'recorded')
          .select(this.#db.raw('1')),
      )
      .orderBy('seq')
      .forUpdate();
    return rows.map(toRelease);
  }

  /**
   * Moves a release to another state, if it still is in the one that the caller saw.
   * @returns whether it did; false means that somebody else moved it first.
   * @throws AppError bug `release.transition` for a transition that the state machine does not have.
   */
  async transition(release: Release, change: Transition): Promise<boolean> {
    if (!canBecome(release.state, change.to)) {
      throw new AppError('bug', 'release.transition', `A release that is ${release.state} cannot become ${change.to}.`);
    }
    const count = await this.#db('releases')
      .where({ id: release.id, state: release.state })
      .update({
        state: change.to,
        updated_at: change.at,
        waits_for: change.waitsFor ?? null,
        ...(change.failure === undefined ? {} : { failure: jsonb(change.failure) }),
        ...(change.supersededBy === undefined ? {} : { superseded_by: change.supersededBy }),
        ...(change.decision === undefined ? {} : { decision: jsonb(change.decision) }),
        ...(change.to === 'queued'
          ? { queue_seq: this.#db.raw("nextval('release_queue_seq')"), queued_at: change.at }
          : {}),
      });
    return count === 1;
  }

  /** Wakes the writer when the transaction commits. */
  async wakeWriter(): Promise<void> {
    await this.#db.raw('select pg_notify(?, ?)', [releaseQueueChannel, '']);
  }
}

/** The channel on which the writer is told that something was queued. */
export const releaseQueueChannel = 'release_queue';

function toColumns(release: NewRelease): Record<string, unknown> {
  return {
    id: release.id,
    request_id: release.requestId,
    service: release.service,
    environment: release.environment,
    artifact_id: release.artifactId ?? null,
    intent: release.intent,
    automatic: release.automatic,
    branch: release.branch ?? null,
    state: release.state,
    actor: jsonb(release.actor),
    author: jsonb(release.author),
    reason: release.reason ?? null,
    decision: release.decision === undefined ? null : jsonb(release.decision),
    waits_for: release.waitsFor ?? null,
    failure: release.failure === undefined ? null : jsonb(release.failure),
    superseded_by: release.supersededBy ?? null,
    replaced_artifact_id: release.replacedArtifactId ?? null,
    retry_of: release.retryOf ?? null,
    idempotency_key: release.idempotencyKey ?? null,
    requested_at: release.requestedAt,
    updated_at: release.requestedAt,
  };
}
