import type { ClusterRollout, ReleaseView } from '@release-manager/contract';

import { styled, type Piece, type Style } from '../../core/piece.ts';
import { padEnd, textWidth } from '../../core/text-width.ts';
import { statePiece } from './describe-release.ts';
import { hasSeveralClusters } from './rollout-words.ts';

type WorkloadView = ClusterRollout['workloads'][number];

/** A release as a tree shows it. */
export interface TreeEntry {
  readonly release: ReleaseView;
  /** It was failed and has healed. */
  readonly recovered: boolean;
}

/** Workloads of one cluster that are shown; what is unfinished comes first when there are more. */
const mostWorkloads = 10;

/** Environment → cluster → workload; a cluster that is the only one has no line of its own. */
export function releaseTree(entries: readonly TreeEntry[], seconds: number): Piece[][] {
  const width = Math.max(...entries.map(({ release }) => textWidth(release.environment)));
  return entries.flatMap((entry) => [head(entry, width, seconds), ...branches(entry.release)]);
}

function head({ release, recovered }: TreeEntry, width: number, seconds: number): Piece[] {
  return [
    styled('bold', padEnd(release.environment, width)),
    '  ',
    recovered ? styled('green', 'recovered') : statePiece(release.state),
    styled('dim', release.ended ? '' : ` ${seconds} s`),
    `  ${release.says}`,
  ];
}

function branches({ rollout, state }: ReleaseView): Piece[][] {
  const clusters = rollout?.clusters ?? [];
  if (state === 'superseded') return [];
  if (!hasSeveralClusters(rollout)) return clusters.flatMap((cluster) => leaves(cluster, '  '));
  return clusters.flatMap((cluster, index) => {
    const isLast = index === clusters.length - 1;
    const { phase, says } = cluster;
    const line: Piece[] = [
      isLast ? '  └ ' : '  ├ ',
      styled('bold', cluster.cluster),
      '  ',
      styled(phaseStyles[phase], phase),
      `  ${says}`,
    ];
    return [line, ...leaves(cluster, isLast ? '    ' : '  │ ')];
  });
}

const phaseStyles: Readonly<Record<ClusterRollout['phase'], Style>> = {
  'waiting-for-flux': 'yellow',
  applied: 'cyan',
  'rolling-out': 'cyan',
  healthy: 'green',
  failed: 'red',
};

function leaves({ workloads }: ClusterRollout, indent: string): Piece[][] {
  const isMany = workloads.length > mostWorkloads;
  const unfinishedFirst = workloads.toSorted((a, b) => Number(a.state === 'done') - Number(b.state === 'done'));
  const shown = isMany ? unfinishedFirst.slice(0, mostWorkloads) : workloads;
  const nameOf = nameIn(workloads);
  const width = Math.max(...shown.map((each) => textWidth(nameOf(each))));
  const lines = shown.map((each, index): Piece[] => [
    `${indent}${!isMany && index === shown.length - 1 ? '└' : '├'} ${padEnd(nameOf(each), width)}  `,
    ...leafWords(each),
  ]);
  if (!isMany) return lines;
  const rest = workloads.length - shown.length;
  const done = unfinishedFirst.slice(mostWorkloads).filter(({ state }) => state === 'done').length;
  return [...lines, [styled('dim', `${indent}└ ${rest} more, ${done} of them done`)]];
}

/** Its name; with the kind where two kinds share it. */
function nameIn(workloads: readonly WorkloadView[]): (workload: WorkloadView) => string {
  const isShared = ({ kind, name }: WorkloadView): boolean =>
    workloads.some((other) => other.name === name && other.kind !== kind);
  return (workload) => (isShared(workload) ? `${workload.kind} ${workload.name}` : workload.name);
}

/** `3/5 rolling out  …` */
function leafWords({ state, done, wanted, says }: WorkloadView): Piece[] {
  const count = wanted === 0 ? '' : `${done}/${wanted} `;
  switch (state) {
    case 'done':
      return [styled('green', `${count}done`)];
    case 'failed':
      return [styled('red', `${count}failed`), `  ${says}`];
    case 'rolling-out':
      return [styled('cyan', `${count}rolling out`), styled('dim', `  ${says}`)];
    case 'missing':
    case 'waiting':
      return [styled('yellow', `${count}waiting`), styled('dim', `  ${says}`)];
  }
}
