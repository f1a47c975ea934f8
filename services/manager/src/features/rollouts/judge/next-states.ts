import type { ReleaseState } from '@release-manager/domain';

import type { ClusterVerdict, Why } from '../verdict/cluster-verdict.ts';

/** What a release becomes by what its clusters say. */
export interface NextStates {
  /** One after another, each a row of the record; empty when nothing changes. */
  readonly steps: readonly ReleaseState[];
  /** What it waits for, or how it is, in words. */
  readonly says: string;
  readonly failure?: (Why & { readonly cluster: string }) | undefined;
}

const rank = ['committed', 'applied', 'rolling-out', 'healthy'] as const;

/**
 * The states that a release goes through now. It fails with the first cluster that does, and is applied or healthy when every
 * required one is. What has failed does not go back: it can only heal.
 */
export function nextStates(state: ReleaseState, verdicts: ReadonlyMap<string, ClusterVerdict>): NextStates {
  const all = [...verdicts];
  const failed = all.find(([, { phase }]) => phase === 'failed');
  const says = sayAll(all);
  if (failed !== undefined) {
    const [cluster, { why }] = failed;
    const failure = { cluster, ...(why ?? { code: 'unknown', message: 'failed' }) };
    if (state === 'failed' || state === 'healthy') return { steps: [], says, failure };
    const isApplied = state === 'committed' && all.every(([, verdict]) => verdict.isApplied);
    return { steps: isApplied ? ['applied', 'failed'] : ['failed'], says, failure };
  }
  const reached = reachedBy(all.map(([, verdict]) => verdict));
  if (state === 'failed') return { steps: reached === 'healthy' ? ['healthy'] : [], says };
  return { steps: path(state, reached), says };
}

function reachedBy(verdicts: readonly ClusterVerdict[]): (typeof rank)[number] {
  if (!verdicts.every(({ isApplied }) => isApplied) || verdicts.length === 0) return 'committed';
  if (verdicts.every(({ phase }) => phase === 'healthy')) return 'healthy';
  return verdicts.some(({ phase }) => phase === 'rolling-out' || phase === 'healthy') ? 'rolling-out' : 'applied';
}

/** `applied` is a hop that is always told; `rolling-out` only where it was seen. */
function path(state: ReleaseState, reached: (typeof rank)[number]): readonly ReleaseState[] {
  const from = rank.findIndex((each) => each === state);
  const to = rank.indexOf(reached);
  if (from === -1 || to <= from) return [];
  return rank.slice(from + 1, to + 1).filter((each) => each !== 'rolling-out' || reached === 'rolling-out');
}

function sayAll(all: readonly (readonly [string, ClusterVerdict])[]): string {
  const [first, second] = all;
  if (first !== undefined && second === undefined) return first[1].says;
  return all.map(([cluster, { says }]) => `${cluster}: ${says}`).join('; ');
}
