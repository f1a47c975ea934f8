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
  readonly in_flight: boolean;
}

export interface Comparison {
  readonly missing: ReadonlySet<string>;
  readonly uncommitted: ReadonlySet<string>;
  /** How many of the uncommitted ones are the writer's to find out about. */
  readonly inFlight: number;
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

  /**
   * Which of these releases the database does not know, which it believes not to be committed, and which of those belong to a push
   * whose record is open. State and record are read by one statement: they change in one transaction, and read one after the other a
   * push that is recorded in between would look like a loss.
   */
  async compare(ids: readonly string[]): Promise<Comparison> {
    const found = new Map<string, Found>();
    for (let start = 0; start < ids.length; start += chunk) {
      const { rows } = await this.#db.raw<{ rows: Found[] }>(
        `select r.id, r.state, exists (
           select 1 from push_attempt_releases p join push_attempts a on a.id = p.attempt_id
           where p.release_id = r.id and a.state = 'recorded'
         ) as in_flight
         from releases r where r.id = any(?::text[])`,
        [ids.slice(start, start + chunk)],
      );
      for (const row of rows) found.set(row.id, row);
    }
    const open = [...found.values()].filter(({ state }) => uncommitted.includes(state));
    return {
      missing: new Set(ids.filter((id) => !found.has(id))),
      uncommitted: new Set(open.map(({ id }) => id)),
      inFlight: open.filter((row) => row.in_flight).length,
    };
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
