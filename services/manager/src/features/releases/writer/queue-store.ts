import type { Decision } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import { toRelease, type ReleaseRow } from '../release-row.ts';
import type { Release } from '../release.ts';

export interface CommittedRelease {
  readonly releaseId: string;
  readonly commit: string;
  readonly replacedArtifactId?: string | undefined;
  /** Id of the folder that it left, where it is known. */
  readonly treeOid?: string | undefined;
  readonly decision?: Decision | undefined;
}

/** The queue of releases as the writer sees it. */
export class QueueStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * The oldest queued releases, in the order of the queue, without those of postponed targets (`environment/service`):
   * a target that has to wait keeps its order and holds up nobody else.
   */
  async take(limit: number, postponed: readonly string[]): Promise<readonly Release[]> {
    const query = this.#db<ReleaseRow>('releases').where({ state: 'queued' }).orderBy('queue_seq').limit(limit);
    if (postponed.length > 0)
      void query.whereRaw("not (environment || '/' || service = any(?::text[]))", [[...postponed]]);
    return (await query).map(toRelease);
  }

  async depth(): Promise<number> {
    const row = await this.#db('releases').where({ state: 'queued' }).count<{ count: string }[]>('* as count').first();
    return Number(row?.count ?? 0);
  }

  /** Marks what a push carried; one statement however many. @returns the releases that changed. */
  async markCommitted(committed: readonly CommittedRelease[], at: Date): Promise<readonly Release[]> {
    const { rows } = await this.#db.raw<{ rows: ReleaseRow[] }>(
      `update releases r set state = 'committed', commit_sha = c.commit, committed_at = ?, updated_at = ?, waits_for = null,
         replaced_artifact_id = c."replacedArtifactId", tree_oid = c."treeOid", decision = coalesce(c.decision, r.decision)
       from jsonb_to_recordset(?::jsonb)
         as c("releaseId" text, commit text, "replacedArtifactId" text, "treeOid" text, decision jsonb)
       where r.id = c."releaseId" and r.state = 'queued' returning r.*`,
      [at, at, jsonb(committed)],
    );
    return rows.map(toRelease);
  }

  /** Says on the record what a queued release waits for. */
  async setWaitsFor(releaseIds: readonly string[], waitsFor: string | null, at: Date): Promise<void> {
    await this.#db('releases')
      .whereIn('id', [...releaseIds])
      .where({ state: 'queued' })
      .whereRaw('waits_for is distinct from ?', [waitsFor])
      .update({ waits_for: waitsFor, updated_at: at });
  }

  /** Says of everything that is queued what it waits for. */
  async setAllWaitFor(waitsFor: string, at: Date): Promise<void> {
    await this.#db('releases')
      .where({ state: 'queued' })
      .whereRaw('waits_for is distinct from ?', [waitsFor])
      .update({ waits_for: waitsFor, updated_at: at });
  }
}
