import { jsonb, type Db } from '@release-manager/postgres';

import type { ClusterVerdict, Phase } from '../verdict/cluster-verdict.ts';

/** What one look leaves for the next one and for people: a verdict without what only the judge needs. */
export type KeptVerdict = Pick<ClusterVerdict, 'says' | 'why' | 'workloads' | 'memory' | 'isApplied'>;

/** `open`: not decided yet, or failed and may heal; `current`: healthy and still what should be there; `past`: no longer. */
export type Watch = 'open' | 'current' | 'past';

/** What became of a release in one cluster. */
export interface Rollout {
  readonly releaseId: string;
  readonly cluster: string;
  readonly environment: string;
  readonly service: string;
  readonly watch: Watch;
  readonly phase: Phase;
  readonly verdict: KeptVerdict;
  /** Since when it is in its phase. */
  readonly since: Date;
  readonly judgedAt: Date;
}

interface RolloutRow {
  release_id: string;
  cluster: string;
  environment: string;
  service: string;
  watch: Watch;
  phase: Phase;
  verdict: KeptVerdict;
  since: Date;
  judged_at: Date;
}

/** `rollouts`: one row per release and cluster. */
export class RolloutStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async of(releaseIds: readonly string[]): Promise<readonly Rollout[]> {
    if (releaseIds.length === 0) return [];
    const rows = await this.#db<RolloutRow>('rollouts')
      .whereIn('release_id', [...releaseIds])
      .orderBy(['release_id', 'cluster']);
    return rows.map(toRollout);
  }

  /** By one statement, however many clusters. */
  async put(rollouts: readonly Rollout[]): Promise<void> {
    if (rollouts.length === 0) return;
    await this.#db('rollouts')
      .insert(
        rollouts.map((each) => ({
          release_id: each.releaseId,
          cluster: each.cluster,
          environment: each.environment,
          service: each.service,
          watch: each.watch,
          phase: each.phase,
          verdict: jsonb(each.verdict),
          since: each.since,
          judged_at: each.judgedAt,
        })),
      )
      .onConflict(['release_id', 'cluster'])
      .merge(['watch', 'phase', 'verdict', 'since', 'judged_at']);
  }

  /** What other releases left on the target is the past. */
  async endOthers(service: string, environment: string, releaseId: string | undefined): Promise<void> {
    await this.#db('rollouts')
      .where({ service, environment })
      .whereNot({ watch: 'past' })
      .whereNot({ release_id: releaseId ?? '' })
      .update({ watch: 'past' });
  }
}

function toRollout(row: RolloutRow): Rollout {
  return {
    releaseId: row.release_id,
    cluster: row.cluster,
    environment: row.environment,
    service: row.service,
    watch: row.watch,
    phase: row.phase,
    verdict: row.verdict,
    since: row.since,
    judgedAt: row.judged_at,
  };
}
