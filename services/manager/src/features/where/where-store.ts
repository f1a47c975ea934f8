import { isArtifactId } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

/** An artifact as far as its way is concerned. */
export interface FoundArtifact {
  readonly id: string;
  readonly seq: number;
  readonly service: string;
  readonly branch: string;
  readonly sha: string;
  readonly state: 'pending' | 'uploaded' | 'ready' | 'rejected';
  readonly author: string | null;
  readonly subject: string | null;
  /** As CI says, by its own clock: ISO 8601. */
  readonly built_from: string | null;
  readonly built_at: string | null;
  readonly registered_at: Date;
  readonly verified_at: Date | null;
  /** The verdict on its manifests by environment. */
  readonly verdicts: Readonly<Record<string, 'ready' | 'rejected'>>;
}

/** When a release came into a state. */
export interface Step {
  readonly state: string;
  readonly at: Date;
}

export interface WhereFilter {
  /** The beginning of a sha in hex, or an artifact id. */
  readonly what: string;
  readonly service?: string | undefined;
}

/** Neither manifests nor objects: an artifact may declare thousands, and nobody asks for them here. */
const columns = `id, seq, service, branch, sha, state, registered_at, verified_at,
  spec->'source'->'author'->>'name' as author,
  split_part(spec->'source'->>'message', E'\\n', 1) as subject,
  spec->'ci'->>'startedAt' as built_from,
  spec->'ci'->>'finishedAt' as built_at,
  (select coalesce(jsonb_object_agg(key, value->>'state'), '{}') from jsonb_each(environments)) as verdicts`;

/** Never went out, and will not: another release of the same artifact tells more. */
const cameToNothing = "(commit_sha is null and state in ('denied', 'superseded', 'cancelled'))";

/** What the way of a commit is told from; nothing is written here. */
export class WhereStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The last registered first, before the position `before`. */
  async artifacts({ what, service }: WhereFilter, limit: number, before?: number): Promise<readonly FoundArtifact[]> {
    const query = this.#db('artifacts')
      .select<FoundArtifact[]>(this.#db.raw(columns))
      .where(service === undefined ? {} : { service })
      .orderBy('seq', 'desc')
      .limit(limit);
    if (before !== undefined) void query.where('seq', '<', before);
    // Hex digits only, so nothing in it is a wildcard.
    return isArtifactId(what) ? query.where({ id: what }) : query.where('sha', 'like', `${what}%`);
  }

  /** For each of these artifacts and each environment the release that counts: ids. */
  async releaseIds(artifactIds: readonly string[]): Promise<readonly string[]> {
    if (artifactIds.length === 0) return [];
    const rows = await this.#db('releases')
      .distinctOn('artifact_id', 'environment')
      .whereIn('artifact_id', [...artifactIds])
      .orderByRaw(`artifact_id, environment, ${cameToNothing}, seq desc`)
      .select<{ id: string }[]>('id');
    return rows.map(({ id }) => id);
  }

  /** Every change of state of these releases, in order. */
  async steps(releaseIds: readonly string[]): Promise<ReadonlyMap<string, readonly Step[]>> {
    const steps = new Map<string, Step[]>();
    if (releaseIds.length === 0) return steps;
    const rows = await this.#db('ledger')
      .whereIn('release_id', [...releaseIds])
      .whereNotNull('to_state')
      .where('kind', 'like', 'release.%')
      .orderBy('id')
      .select<{ release_id: string; to_state: string; at: Date }[]>('release_id', 'to_state', 'at');
    for (const { release_id: id, to_state: state, at } of rows)
      steps.set(id, [...(steps.get(id) ?? []), { state, at }]);
    return steps;
  }
}
