import type { ClusterRollout, CrashLogView, DriftView, ReleaseView, RolloutView } from '@release-manager/contract';

import { styled, type Piece } from '../../core/piece.ts';
import { statePiece } from './describe-release.ts';

export interface PodCount {
  readonly done: number;
  readonly wanted: number;
}

/** Pods that run the release, of all clusters; absent where it has no workload that counts any. */
export function podCount(rollout: RolloutView | undefined): PodCount | undefined {
  const workloads = rollout?.clusters.flatMap((cluster) => cluster.workloads) ?? [];
  const wanted = workloads.reduce((sum, each) => sum + each.wanted, 0);
  if (wanted === 0) return undefined;
  return { done: workloads.reduce((sum, each) => sum + each.done, 0), wanted };
}

/** `healthy 5/5`, `rolling-out 3/5`, `failed: pod.crash-loop`, `committed – no daemon`. */
export function healthPiece(release: ReleaseView): Piece {
  const { state, rollout, ended } = release;
  const count = podCount(rollout);
  const pods = count === undefined ? '' : ` ${count.done}/${count.wanted}`;
  if (state === 'failed') return styled('red', `failed: ${failureCode(release)}`);
  // An incident does not rewrite how the release ended, and is what counts now.
  if (state === 'healthy' && failedClusters(rollout).length > 0)
    return styled('red', `incident${pods}: ${failureCode(release)}`);
  if (state === 'healthy') return styled('green', `healthy${pods}`);
  if (state === 'applied' || state === 'rolling-out') return styled('cyan', `${state}${pods}`);
  return state === 'committed' && ended ? styled('cyan', 'committed – no daemon') : statePiece(state);
}

function failureCode({ rollout, failure }: ReleaseView): string {
  return failedClusters(rollout)[0]?.why?.code ?? failure?.code ?? 'unknown';
}

export function failedClusters(rollout: RolloutView | undefined): readonly ClusterRollout[] {
  return rollout?.clusters.filter(({ phase }) => phase === 'failed') ?? [];
}

/** Where there is only one cluster, its name says nothing. */
export function hasSeveralClusters(rollout: RolloutView | undefined): boolean {
  return (rollout?.clusters.length ?? 0) > 1;
}

/** `replicas is 5, committed is 2`. */
export function driftWords({ field, live, wanted }: DriftView): string {
  return `${field} is ${live}, committed is ${wanted}`;
}

/** Where a cluster is other than committed, and who made it so. */
export function driftLines(drift: readonly DriftView[], several: boolean): Piece[][] {
  return drift.map((each): Piece[] => {
    const place = several ? ` in ${each.cluster}` : '';
    const who = each.by === undefined ? '' : `, set by ${each.by}`;
    return [styled('yellow', 'drift'), ` ${each.object}${place}: ${driftWords(each)}${who}, since ${each.since}`];
  });
}

/** What stands in the way in each cluster, what to do, and what the container printed before it died. */
export function troubleLines(rollout: RolloutView | undefined): Piece[][] {
  const several = hasSeveralClusters(rollout);
  const troubled = rollout?.clusters.filter(({ why }) => why !== undefined) ?? [];
  return troubled.flatMap((cluster) => clusterTrouble(cluster, several));
}

function clusterTrouble({ cluster, why, log }: ClusterRollout, several: boolean): Piece[][] {
  if (why === undefined) return [];
  const place = several ? ` in ${cluster}` : '';
  const object = why.object === undefined ? '' : ` ${why.object}`;
  return [
    [styled('bold', why.code), `${object}${place}: ${why.message}`],
    ...(why.next === undefined ? [] : [[`  ${why.next}`]]),
    ...(log === undefined ? [] : logLines(log, several).map((line): Piece[] => ['  ', ...line])),
  ];
}

/** A log under the name of its container. Its lines are text of others, each a piece of its own. */
export function logLines(log: CrashLogView, several: boolean): Piece[][] {
  const { namespace, pod, container, restarts, stream, lines, cut, unavailable, seenAt } = log;
  const cluster = several ? `${log.cluster}: ` : '';
  const run = stream === 'previous' ? 'the run that died' : 'the run after the crash';
  const head = `log of ${cluster}${namespace}/${pod} container ${container}, ${run}`;
  const times = restarts === 0 ? '' : `, ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}`;
  return [
    [styled('bold', head), styled('dim', `${times}, ${seenAt}`)],
    ...(unavailable === undefined ? [] : [[`  there is no log: ${unavailable}`]]),
    ...(unavailable === undefined && lines.length === 0 ? [['  it printed nothing']] : []),
    ...(cut ? [[styled('dim', '  … earlier lines were left out')]] : []),
    ...lines.map((line): Piece[] => ['    ', line]),
  ];
}
