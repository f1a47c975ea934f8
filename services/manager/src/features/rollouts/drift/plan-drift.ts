import { secondsAfter } from '../verdict/graces.ts';
import { earliest } from '../verdict/signal.ts';
import type { Difference } from './difference.ts';

/** A difference as it is kept. */
export interface Drift extends Difference {
  readonly cluster: string;
  /** Since when it was seen. */
  readonly since: Date;
  /** Absent: not yet told of. */
  readonly reportedAt?: Date;
}

/** What a look at one cluster can tell. */
export type ClusterSight =
  /** Nothing: a release is on its way, the daemon is silent or behind, the manifests are not read yet. */
  | { readonly kind: 'unknown'; readonly again: boolean }
  /**
   * `behind`: Flux has not applied what the config repo holds, or is suspended, so what differs may be its doing. Only what was
   * known before still counts, and may end.
   */
  | { readonly kind: 'behind' | 'clear'; readonly differences: readonly Difference[] };

export type DriftChange =
  | { readonly kind: 'note' | 'report' | 'update' | 'forget'; readonly drift: Drift }
  | { readonly kind: 'end'; readonly drift: Drift; readonly why: string };

export interface DriftPlan {
  readonly changes: readonly DriftChange[];
  readonly nextLookAt?: Date | undefined;
}

const driftGraces = {
  /** Flux applies object by object, and what it puts right at once was no drift that anybody would want to hear of. */
  stands: 60,
  /** What keeps a look from telling goes away without an observation of the workload. */
  again: 60,
  /** Somebody may have committed what the cluster has: that changes no workload either. */
  known: 300,
} as const;

/** Of a service in a cluster at a time: of whoever patches thousands of objects the rest is told when these are over. */
const mostDrifts = 50;

/**
 * What changes about the drifts of a service: one that stands for a minute is told of, once, and once more when it is gone. While
 * nothing can be told, what was told stays, and what was not begins anew. Clusters without a sight are the environment's no more.
 */
export function planDrift(known: readonly Drift[], sights: ReadonlyMap<string, ClusterSight>, now: Date): DriftPlan {
  const gone = known
    .filter(({ cluster }) => !sights.has(cluster))
    .map((drift) => leave(drift, 'its cluster is not asked any more'));
  const plans = [...sights].map(([cluster, sight]) => {
    const its = known.filter((drift) => drift.cluster === cluster);
    return sight.kind === 'unknown' ? planUnknown(its, sight.again, now) : planSeen({ cluster, sight, its, now });
  });
  return {
    changes: [...gone, ...plans.flatMap(({ changes }) => changes)],
    nextLookAt: earliest(plans.map(({ nextLookAt }) => nextLookAt)),
  };
}

function planUnknown(its: readonly Drift[], again: boolean, now: Date): DriftPlan {
  const pending = its.filter(({ reportedAt }) => reportedAt === undefined);
  return {
    changes: pending.map((drift) => ({ kind: 'forget', drift })),
    nextLookAt: earliest([
      again ? secondsAfter(now, driftGraces.again) : undefined,
      pending.length < its.length ? secondsAfter(now, driftGraces.known) : undefined,
    ]),
  };
}

interface Seen {
  readonly cluster: string;
  readonly sight: Extract<ClusterSight, { kind: 'behind' | 'clear' }>;
  readonly its: readonly Drift[];
  readonly now: Date;
}

function planSeen({ cluster, sight, its, now }: Seen): DriftPlan {
  const same = (a: Difference, b: Difference): boolean => a.object === b.object && a.field === b.field;
  const over = its
    .filter((drift) => !sight.differences.some((difference) => same(drift, difference)))
    .map((drift) => leave(drift, 'it is as the config repo says again'));
  const found = sight.differences.map((difference) => ({
    difference,
    before: its.find((drift) => same(drift, difference)),
  }));
  const old = found.filter(({ before }) => before !== undefined);
  const fresh = found.filter(({ before }) => before === undefined).slice(0, Math.max(0, mostDrifts - old.length));
  const plans = [...old, ...fresh].map(({ difference, before }): DriftPlan => {
    if (before?.reportedAt !== undefined) return planReported(before, difference, now);
    if (sight.kind === 'clear') return planPending(before, { ...difference, cluster }, now);
    const nextLookAt = secondsAfter(now, driftGraces.again);
    return { changes: before === undefined ? [] : [{ kind: 'forget', drift: before }], nextLookAt };
  });
  return {
    changes: [...over, ...plans.flatMap(({ changes }) => changes)],
    nextLookAt: earliest(plans.map(({ nextLookAt }) => nextLookAt)),
  };
}

function planReported(before: Drift, difference: Difference, now: Date): DriftPlan {
  const { cluster, since } = before;
  const drift: Drift = { ...difference, cluster, since, reportedAt: before.reportedAt ?? now };
  const changes: DriftChange[] = isEqual(before, drift) ? [] : [{ kind: 'update', drift }];
  return { changes, nextLookAt: secondsAfter(now, driftGraces.known) };
}

function planPending(before: Drift | undefined, seen: Difference & { readonly cluster: string }, now: Date): DriftPlan {
  const since = before?.since ?? now;
  const due = secondsAfter(since, driftGraces.stands);
  if (due <= now) {
    const nextLookAt = secondsAfter(now, driftGraces.known);
    return { changes: [{ kind: 'report', drift: { ...seen, since, reportedAt: now } }], nextLookAt };
  }
  const drift: Drift = { ...seen, since };
  const isNews = before === undefined || !isEqual(before, drift);
  return { changes: isNews ? [{ kind: 'note', drift }] : [], nextLookAt: due };
}

function isEqual(a: Drift, b: Drift): boolean {
  return a.wanted === b.wanted && a.live === b.live && a.by === b.by && a.uid === b.uid;
}

/** What nobody was told of ends without a word. */
function leave(drift: Drift, why: string): DriftChange {
  return drift.reportedAt === undefined ? { kind: 'forget', drift } : { kind: 'end', drift, why };
}
