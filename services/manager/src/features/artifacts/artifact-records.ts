import { compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { listedColumns, toArtifact, type ArtifactRow } from './artifact-row.ts';
import type { Artifact, ArtifactState } from './artifact.ts';

export interface ArtifactFilter {
  readonly service?: string | undefined;
  readonly branch?: string | undefined;
  readonly state?: ArtifactState | undefined;
}

export interface ArtifactHeadline {
  readonly branch: string;
  /** First line of the commit message. */
  readonly subject?: string;
}

interface HeadlineRow {
  readonly id: string;
  readonly branch: string;
  readonly subject: string | null;
}

const environmentsWithoutObjects = `(
  select coalesce(jsonb_object_agg(key, value || '{"objects": []}'), '{}') from jsonb_each(environments)
) as environments`;

/** What other rooms ask of artifacts; only this room writes them. */
export class ArtifactRecords {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(id: string): Promise<Artifact | undefined> {
    const row = await this.#db<ArtifactRow>('artifacts').where({ id }).first();
    return row === undefined ? undefined : toArtifact(row);
  }

  async findMany(ids: readonly string[]): Promise<ReadonlyMap<string, Artifact>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#db<ArtifactRow>('artifacts').whereIn('id', [...ids]);
    return new Map(rows.map((row) => [row.id, toArtifact(row)]));
  }

  /** What a table of many shows of each: their rows may hold thousands of objects, which nobody would read there. */
  async headlines(ids: readonly string[]): Promise<ReadonlyMap<string, ArtifactHeadline>> {
    if (ids.length === 0) return new Map();
    const rows = await this.#db('artifacts')
      .select<HeadlineRow[]>(
        'id',
        'branch',
        this.#db.raw(`split_part(spec->'source'->>'message', E'\\n', 1) as subject`),
      )
      .whereIn('id', [...ids]);
    return new Map(rows.map(({ id, branch, subject }) => [id, { branch, ...(subject === null ? {} : { subject }) }]));
  }

  /**
   * The last registered first, before the position `before`. Their environments hold no objects: a page of artifacts may
   * declare a million of them, and nobody who lists wants one.
   */
  async list(filter: ArtifactFilter, limit: number, before?: number): Promise<readonly Artifact[]> {
    const query = this.#db('artifacts')
      .select<ArtifactRow[]>([...listedColumns, this.#db.raw(environmentsWithoutObjects)])
      .where(compact({ service: filter.service, branch: filter.branch, state: filter.state }))
      .orderBy('seq', 'desc')
      .limit(limit);
    if (before !== undefined) void query.where('seq', '<', before);
    return (await query).map(toArtifact);
  }

  /** What was built of a commit of an exact branch, the last registered first; 20 at most. */
  async ofCommit(service: string, branch: string, sha: string): Promise<readonly Artifact[]> {
    const rows = await this.#db<ArtifactRow>('artifacts')
      .where({ service, branch, sha })
      .orderBy('seq', 'desc')
      .limit(20);
    return rows.map(toArtifact);
  }

  /** Those of an exact branch after a place and since a time, in the order in which they were registered. */
  async following(
    { service, branch }: { readonly service: string; readonly branch: string },
    after: { readonly seq: number; readonly since: Date },
    limit: number,
  ): Promise<readonly Artifact[]> {
    const rows = await this.#db<ArtifactRow>('artifacts')
      .where({ service, branch })
      .where('seq', '>', after.seq)
      .where('registered_at', '>=', after.since)
      .orderBy('seq')
      .limit(limit);
    return rows.map(toArtifact);
  }

  /** The latest ready artifact of an exact branch: a stored head that moves only to something newer. */
  async head(service: string, branch: string): Promise<Artifact | undefined> {
    const row = await this.#db('artifacts as a')
      .join('branch_heads as h', 'h.artifact_id', 'a.id')
      .where({ 'h.service': service, 'h.branch': branch })
      .first<ArtifactRow | undefined>('a.*');
    return row === undefined ? undefined : toArtifact(row);
  }

  /** Branches that have a ready artifact, the last moved first. */
  async branches(service: string, limit: number): Promise<readonly string[]> {
    const rows = await this.#db<{ service: string; branch: string; updated_at: Date }>('branch_heads')
      .where({ service })
      .orderBy('updated_at', 'desc')
      .limit(limit)
      .select('branch');
    return rows.map(({ branch }) => branch);
  }
}
