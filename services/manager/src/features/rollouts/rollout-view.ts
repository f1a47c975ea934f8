import type { CrashLogView, RolloutView } from '@release-manager/contract';
import { compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { CrashLogStore, type KeptLog } from './crash-log-store.ts';
import { RolloutStore, type Rollout } from './judge/rollout-store.ts';

/** What the clusters made of these releases, by release; those of which nothing is known are not among them. */
export async function readRollouts(db: Db, releaseIds: readonly string[]): Promise<ReadonlyMap<string, RolloutView>> {
  return byRelease(await new RolloutStore(db).of(releaseIds), new Map());
}

/** The same of one release, with the logs of the crashes that are the reason. */
export async function readRollout(db: Db, releaseId: string): Promise<RolloutView | undefined> {
  const rollouts = await new RolloutStore(db).of([releaseId]);
  const logs = await new CrashLogStore(db).find(rollouts.flatMap(logPlace));
  return byRelease(rollouts, logs).get(releaseId);
}

function logPlace({ environment, cluster, verdict }: Rollout) {
  const log = verdict.why?.log;
  return log === undefined ? [] : [{ environment, cluster, podUid: log.podUid, container: log.container }];
}

function byRelease(rollouts: readonly Rollout[], logs: ReadonlyMap<string, KeptLog>): ReadonlyMap<string, RolloutView> {
  const views = new Map<string, RolloutView>();
  for (const rollout of rollouts) {
    const view = views.get(rollout.releaseId) ?? { clusters: [] };
    view.clusters.push(clusterView(rollout, logs));
    views.set(rollout.releaseId, view);
  }
  return views;
}

function clusterView(
  { cluster, phase, verdict, since }: Rollout,
  logs: ReadonlyMap<string, KeptLog>,
): RolloutView['clusters'][number] {
  const { says, why, workloads } = verdict;
  const log = why?.log === undefined ? undefined : logs.get(`${cluster} ${why.log.podUid} ${why.log.container}`);
  return compact({
    cluster,
    phase,
    says,
    since: since.toISOString(),
    why,
    workloads: [...workloads],
    log: log && toCrashLogView(log),
  });
}

export function toCrashLogView({ lines, seenAt, ...log }: KeptLog): CrashLogView {
  return compact({ ...log, lines: [...lines], seenAt: seenAt.toISOString() });
}
