import type { PodFacts } from '@release-manager/contract';

import { textAt } from '../objects/index.ts';
import { controllerOf, podFacts, serviceOf } from '../observe/index.ts';
import type { KindTracker, Surroundings } from './kind-tracker.ts';
import type { Revisions } from './revisions.ts';

export interface PodListener {
  seen(facts: PodFacts): void;
  gone(uid: string): void;
}

/**
 * Pods, with the workload they belong to. A pod may come before its ReplicaSet, since the two come on different watches: it
 * is told at once, and again when its Deployment is known.
 */
export function trackPods(
  revisions: Revisions,
  { reporter, owned }: Surroundings,
  listener: PodListener,
): KindTracker & { replicaSetSeen(uid: string): void } {
  const waiting = new Map<string, Map<string, PodFacts>>();
  const ownerOf = new Map<string, string>();

  function leave(uid: string): void {
    const replicaSet = ownerOf.get(uid);
    if (replicaSet === undefined) return;
    ownerOf.delete(uid);
    const pods = waiting.get(replicaSet);
    pods?.delete(uid);
    if (pods?.size === 0) waiting.delete(replicaSet);
  }

  function missing(uid: string): void {
    leave(uid);
    owned.delete(uid);
    reporter.forgetObject(uid);
    listener.gone(uid);
  }

  return {
    of: 'pod',
    seen(pod) {
      const owner = controllerOf(pod);
      const workload = owner && revisions.workloadOf(owner);
      const facts = podFacts(pod, workload === 'unknown' ? undefined : workload);
      const { uid } = facts.object;
      leave(uid);
      if (owner !== undefined && workload === 'unknown') {
        const pods = waiting.get(owner.uid) ?? new Map<string, PodFacts>();
        waiting.set(owner.uid, pods.set(uid, facts));
        ownerOf.set(uid, owner.uid);
      }
      owned.add(uid, serviceOf(pod));
      reporter.publish(facts);
      listener.seen(facts);
    },
    deleted(pod) {
      const owner = controllerOf(pod);
      const workload = owner && revisions.workloadOf(owner);
      reporter.publish({ ...podFacts(pod, workload === 'unknown' ? undefined : workload), deleted: true });
      missing(textAt(pod, 'metadata', 'uid') ?? '');
    },
    missing,
    replicaSetSeen(replicaSet) {
      for (const facts of waiting.get(replicaSet)?.values() ?? []) {
        const workload = revisions.workloadOf({ kind: 'ReplicaSet', name: '', uid: replicaSet });
        if (workload !== 'unknown' && workload.name !== '') reporter.publish({ ...facts, workload });
        ownerOf.delete(facts.object.uid);
      }
      waiting.delete(replicaSet);
    },
  };
}
