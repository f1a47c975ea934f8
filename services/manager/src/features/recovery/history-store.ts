import { jsonb, type Db } from '@release-manager/postgres';

import type { RebuiltRelease } from './rebuilt-release.ts';
import { firstNewPlace } from './recovery-store.ts';

/** A release of the history, with what lay in its place before. */
export interface HistoricRelease extends RebuiltRelease {
  readonly replacedArtifactId?: string | undefined;
}

interface Found {
  readonly id: string;
  readonly state: string;
  readonly commit_sha: string | null;
}

/** States before a commit. In a restored backup they may be long past. */
const uncommitted = ['requested', 'waiting', 'queued'];
const chunk = 1_000;

/** `releases`, as far as history is put back into it. */
export class HistoryStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#db('releases').first('id')) === undefined;
  }

  /** Which of these releases the database does not know, and which it believes not to be committed. */
  async compare(ids: readonly string[]): Promise<{ missing: Set<string>; uncommitted: Set<string> }> {
    const found = new Map<string, Found>();
    for (let start = 0; start < ids.length; start += chunk) {
      const rows = await this.#db<Found>('releases')
        .whereIn('id', ids.slice(start, start + chunk))
        .select('id', 'state', 'commit_sha');
      for (const row of rows) found.set(row.id, row);
    }
    return {
      missing: new Set(ids.filter((id) => !found.has(id))),
      uncommitted: new Set([...found.values()].filter(({ state }) => uncommitted.includes(state)).map(({ id }) => id)),
    };
  }

  /** Those of them whose push is recorded and not settled: the writer's to find out about. */
  async inFlight(ids: readonly string[]): Promise<number> {
    const rows = await this.#db('push_attempt_releases as r')
      .join('push_attempts as a', 'a.id', 'r.attempt_id')
      .where('a.state', 'recorded')
      .whereIn('r.release_id', [...ids])
      .select('r.release_id');
    return rows.length;
  }

  /** What was released last to each target, for what came after it. */
  async currentArtifacts(targets: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.#db('releases')
      .distinctOn('service', 'environment')
      .whereNotNull('commit_sha')
      .whereRaw("environment || '/' || service = any(?::text[])", [[...new Set(targets)]])
      .orderBy(['service', 'environment', { column: 'seq', order: 'desc' }])
      .select<{ service: string; environment: string; artifact_id: string | null }[]>(
        'service',
        'environment',
        'artifact_id',
      );
    return new Map(
      rows.flatMap(({ service, environment, artifact_id: id }) =>
        id === null ? [] : [[`${environment}/${service}`, id] as const],
      ),
    );
  }

  /**
   * Inserts releases in their order, as committed ones; those that are there stay as they are. `before` puts them among the
   * places that are kept for history.
   * @returns the ids that were inserted
   */
  async insert(
    releases: readonly HistoricRelease[],
    place: 'before' | 'after',
    at: Date,
  ): Promise<ReadonlySet<string>> {
    if (releases.length === 0) return new Set();
    const kept =
      '(select coalesce(max(seq), 0) from releases where seq < ?::bigint) + row_number() over (order by c.n)';
    const { rows } = await this.#db.raw<{ rows: { id: string }[] }>(
      `insert into releases (${place === 'before' ? 'seq, ' : ''}id, request_id, service, environment, artifact_id, intent, automatic,
         branch, state, actor, author, reason, replaced_artifact_id, commit_sha, requested_at, committed_at, updated_at)
       ${place === 'before' ? 'overriding system value' : ''}
       select ${place === 'before' ? `${kept}, ` : ''}c.id, 'req_' || substr(c.id, 5), c.service, c.environment, c."artifactId", c.intent,
         c.intent = 'auto', a.branch, 'committed', c.actor, c.author, c.reason, c."replacedArtifactId", c.commit,
         c."requestedAt", c."committedAt", ?
       from jsonb_to_recordset(?::jsonb) as c(n int, id text, service text, environment text, "artifactId" text, intent text,
         actor jsonb, author jsonb, reason text, "replacedArtifactId" text, commit text, "requestedAt" timestamptz,
         "committedAt" timestamptz)
       left join artifacts a on a.id = c."artifactId"
       order by c.n
       on conflict (id) do nothing returning id`,
      [...(place === 'before' ? [firstNewPlace] : []), at, jsonb(releases.map((release, n) => ({ ...release, n })))],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** What a backup believes to be under way, and the branch holds. @returns the ids that changed, with the state before */
  async markCommitted(releases: readonly HistoricRelease[], at: Date): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#db.raw<{ rows: { id: string; before: string }[] }>(
      `with before as materialized (
         select id, state from releases where id = any(?::text[]) and state = any(?::text[]) order by id for update
       )
       update releases r set state = 'committed', commit_sha = c.commit, committed_at = c."committedAt", updated_at = ?,
         waits_for = null, replaced_artifact_id = c."replacedArtifactId"
       from jsonb_to_recordset(?::jsonb) as c(id text, commit text, "committedAt" timestamptz, "replacedArtifactId" text), before b
       where r.id = c.id and b.id = r.id returning r.id, b.state as before`,
      [releases.map(({ id }) => id), uncommitted, at, jsonb(releases)],
    );
    return new Map(rows.map(({ id, before }) => [id, before]));
  }

  /** The branches of releases whose artifact was found after them. */
  async fillBranches(): Promise<void> {
    await this.#db.raw(
      `update releases r set branch = a.branch from artifacts a
       where r.artifact_id = a.id and r.branch is null and r.commit_sha is not null`,
    );
  }
}
