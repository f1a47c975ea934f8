import { AppError, canBecome, compact, type Decision, type ReleaseState } from '@release-manager/domain';
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

/** Absent means any. */
export interface PendingFilter {
  readonly service: string;
  readonly environment: string;
  readonly automatic?: boolean;
  readonly artifactId?: string;
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

  /** The releases of the request that came before under this key, in the order in which they were recorded. */
  async findByIdempotencyKey(key: string): Promise<readonly Release[]> {
    const first = await this.#db<ReleaseRow & { idempotency_key: string }>('releases')
      .where({ idempotency_key: key })
      .first();
    if (first === undefined) return [];
    const rows = await this.#db<ReleaseRow>('releases').where({ request_id: first.request_id }).orderBy('seq');
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

  /** Releases of these artifacts to a target, the first requested first; the last 100 of them. */
  async ofArtifacts(
    { service, environment }: { readonly service: string; readonly environment: string },
    artifactIds: readonly string[],
  ): Promise<readonly Release[]> {
    if (artifactIds.length === 0) return [];
    const rows = await this.#db<ReleaseRow>('releases')
      .where({ service, environment })
      .whereIn('artifact_id', [...artifactIds])
      .orderBy('seq', 'desc')
      .limit(100);
    return rows.map(toRelease).toReversed();
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

  /** The last automatic release of the artifact to the environment that was recorded before, whatever became of it. */
  async automatedBefore(artifactId: string, environment: string): Promise<Release | undefined> {
    const row = await this.#db<ReleaseRow>('releases')
      .where({ artifact_id: artifactId, environment, automatic: true })
      .orderBy('seq', 'desc')
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
   * Locks several targets of a service, in the order of their names, and then what stands before the config repo for any of them:
   * all at once, in the order in which everybody locks releases. Target by target it would wait crosswise for the writer, who
   * locks releases of many targets.
   */
  async lockTargets(service: string, environments: readonly string[]): Promise<void> {
    for (const environment of environments.toSorted()) await this.lockTarget(service, environment);
    await this.#db<ReleaseRow>('releases')
      .where({ service })
      .whereIn('environment', [...environments])
      .whereIn('state', ['queued', 'waiting'])
      .orderBy('seq')
      .forUpdate()
      .select('id');
  }

  /**
   * Older automatic releases of the target that may still be superseded: not yet part of a push attempt whose fate is open,
   * since such a one may be in the config repo already. The rows are locked first and the attempts looked at afterwards, by a
   * second statement: while the first one waits for the writer that records an attempt, its own view of them grows old.
   */
  async supersedable(service: string, environment: string): Promise<readonly Release[]> {
    return (await this.pendingLocked({ service, environment, automatic: true })).free;
  }

  /**
   * What stands before the config repo for a target, locked until the transaction ends: `free` may still be decided otherwise,
   * `pushed` is part of a push whose fate is open, and may be in the config repo already.
   */
  async pendingLocked(
    which: PendingFilter,
  ): Promise<{ readonly free: readonly Release[]; readonly pushed: readonly Release[] }> {
    const { service, environment, automatic, artifactId } = which;
    const locked = await this.#db<ReleaseRow>('releases')
      .where({
        service,
        environment,
        ...(automatic === undefined ? {} : { automatic }),
        ...(artifactId === undefined ? {} : { artifact_id: artifactId }),
      })
      .whereIn('state', ['queued', 'waiting'])
      .orderBy('seq')
      .forUpdate();
    const open = await this.inDoubt(locked.map(({ id }) => id));
    const releases = locked.map(toRelease);
    return { free: releases.filter(({ id }) => !open.has(id)), pushed: releases.filter(({ id }) => open.has(id)) };
  }

  /** Which of these releases are part of a push whose fate is open. */
  async inDoubt(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const attempted = await this.#db('push_attempt_releases as r')
      .join('push_attempts as a', 'a.id', 'r.attempt_id')
      .where({ 'a.state': 'recorded' })
      .whereIn('r.release_id', [...ids])
      .select<{ release_id: string }[]>('r.release_id');
    return new Set(attempted.map((row) => row.release_id));
  }

  /** As `inDoubt`, and no push that contains one of the others is recorded until the transaction ends. */
  async lockInDoubt(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    await this.#db<ReleaseRow>('releases')
      .whereIn('id', [...ids])
      .orderBy('seq')
      .forUpdate()
      .select('id');
    return this.inDoubt(ids);
  }

  /** Automatic releases that wait since a rule says so, in the order in which they were recorded. */
  async waitingFor(
    rule: string,
    target?: { readonly service: string; readonly environment: string },
  ): Promise<readonly Release[]> {
    const query = this.#db<ReleaseRow>('releases')
      .where({ state: 'waiting', automatic: true })
      .whereRaw("decision->'opinions' @> ?::jsonb", [jsonb([{ rule, verdict: 'waits' }])])
      .orderBy('seq');
    if (target !== undefined) void query.where({ service: target.service, environment: target.environment });
    return (await query).map(toRelease);
  }

  /** Says anew why a release waits. @returns whether it still waited */
  async explainWait(release: Release, decision: Decision, at: Date): Promise<boolean> {
    const count = await this.#db('releases')
      .where({ id: release.id, state: 'waiting' })
      .update({ decision: jsonb(decision), updated_at: at });
    return count === 1;
  }

  /** From now on a daemon says what becomes of these. */
  async markWatched(ids: readonly string[]): Promise<void> {
    await this.#db('releases')
      .whereIn('id', [...ids])
      .update({ watched: true });
  }

  /** Says what a release waits for in the state that it is in. */
  async explainState(release: Release, waitsFor: string, at: Date): Promise<void> {
    await this.#db('releases')
      .where({ id: release.id, state: release.state })
      .update({ waits_for: waitsFor, updated_at: at });
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
        // What healed has not failed.
        ...(change.to === 'healthy' ? { failure: null } : {}),
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
  const optional = {
    artifact_id: release.artifactId,
    branch: release.branch,
    reason: release.reason,
    decision: json(release.decision),
    waits_for: release.waitsFor,
    failure: json(release.failure),
    superseded_by: release.supersededBy,
    replaced_artifact_id: release.replacedArtifactId,
    retry_of: release.retryOf,
    leaves_namespace: release.leavesNamespace,
    request_hash: release.requestHash,
    idempotency_key: release.idempotencyKey,
  };
  return {
    id: release.id,
    request_id: release.requestId,
    service: release.service,
    environment: release.environment,
    intent: release.intent,
    automatic: release.automatic,
    state: release.state,
    actor: jsonb(release.actor),
    author: jsonb(release.author),
    requested_at: release.requestedAt,
    updated_at: release.requestedAt,
    ...compact(optional),
  };
}

function json(value: object | undefined): string | undefined {
  return value === undefined ? undefined : jsonb(value);
}
