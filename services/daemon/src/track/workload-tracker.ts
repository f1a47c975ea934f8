import type { WorkloadFacts } from '@release-manager/contract';

import { textAt, type Fields } from '../objects/index.ts';
import {
  controllerOf,
  controllerRevisionLink,
  cronJobFacts,
  daemonSetFacts,
  deploymentFacts,
  deploymentRevision,
  jobFacts,
  replicaSetFacts,
  replicaSetLink,
  statefulSetFacts,
  type Owner,
} from '../observe/index.ts';
import type { KindTracker, Surroundings } from './kind-tracker.ts';
import type { Revisions } from './revisions.ts';

/** A kind of which an object says everything itself. */
function simple(facts: (object: Fields) => WorkloadFacts, { reporter, owned }: Surroundings): KindTracker {
  return {
    of: 'workload',
    seen(object) {
      const seen = facts(object);
      owned.add(seen.object.uid, seen.stamp.service);
      reporter.publish(seen);
    },
    deleted(object) {
      reporter.publish({ ...facts(object), deleted: true });
      this.missing(textAt(object, 'metadata', 'uid') ?? '');
    },
    // Said as it is, without a release: that is drift. Were it said to be deleted, the manager would never believe again
    // that this object exists.
    disowned: (object) => reporter.publish(facts(object)),
    missing(uid) {
      owned.delete(uid);
      reporter.forgetObject(uid);
    },
  };
}

export const trackStatefulSets = (around: Surroundings): KindTracker => simple(statefulSetFacts, around);
export const trackJobs = (around: Surroundings): KindTracker => simple(jobFacts, around);
export const trackCronJobs = (around: Surroundings): KindTracker => simple(cronJobFacts, around);

/** Workloads of which another object says which rollout is the newest one, and which may come before that object. */
interface Waiting {
  /** Called when more is known of a workload. */
  learned(owner: Owner): void;
}

/**
 * Deployments. The newest ReplicaSet counts only when the Deployment speaks of the same revision: the two come on different
 * watches, and with the hash of the old rollout its pods would be taken for those of the new one.
 */
export function trackDeployments(revisions: Revisions, around: Surroundings): KindTracker & Waiting {
  const waiting = new Map<string, Fields>();
  const facts = (object: Fields): WorkloadFacts => {
    const newest = revisions.newest(textAt(object, 'metadata', 'uid') ?? '');
    return deploymentFacts(object, newest?.revision === deploymentRevision(object) ? newest?.hash : undefined);
  };
  const tracker = simple(facts, around);
  const missing = (uid: string): void => {
    waiting.delete(uid);
    revisions.workloadGone(uid);
    tracker.missing(uid);
  };
  return {
    of: 'workload',
    seen(object) {
      const uid = textAt(object, 'metadata', 'uid') ?? '';
      if (facts(object).updateRevision === undefined) waiting.set(uid, object);
      else waiting.delete(uid);
      tracker.seen(object);
    },
    deleted(object) {
      tracker.deleted(object);
      missing(textAt(object, 'metadata', 'uid') ?? '');
    },
    disowned: (object) => tracker.disowned?.(object),
    missing,
    learned({ uid }) {
      const object = waiting.get(uid);
      if (object !== undefined) this.seen(object);
    },
  };
}

/** DaemonSets are few, so that each is kept until its newest ControllerRevision may change. */
export function trackDaemonSets(revisions: Revisions, around: Surroundings): KindTracker & Waiting {
  const kept = new Map<string, Fields>();
  const tracker = simple(
    (object) => daemonSetFacts(object, revisions.newest(textAt(object, 'metadata', 'uid') ?? '')?.hash),
    around,
  );
  const missing = (uid: string): void => {
    kept.delete(uid);
    revisions.workloadGone(uid);
    tracker.missing(uid);
  };
  return {
    of: 'workload',
    seen(object) {
      kept.set(textAt(object, 'metadata', 'uid') ?? '', object);
      tracker.seen(object);
    },
    deleted(object) {
      tracker.deleted(object);
      missing(textAt(object, 'metadata', 'uid') ?? '');
    },
    disowned: (object) => tracker.disowned?.(object),
    missing,
    learned({ uid }) {
      const object = kept.get(uid);
      if (object !== undefined) tracker.seen(object);
    },
  };
}

/** ReplicaSets tell which pods and which rollout belong to a Deployment; one that nobody owns is a workload itself. */
export function trackReplicaSets(
  revisions: Revisions,
  around: Surroundings,
  onLearned: (owner: Owner | undefined, uid: string) => void,
): KindTracker {
  const alone = simple(replicaSetFacts, around);
  const missing = (uid: string): void => {
    revisions.gone(uid);
    alone.missing(uid);
  };
  return {
    of: 'workload',
    isTold: (uid) => revisions.isAlone(uid),
    seen(object) {
      const link = replicaSetLink(object);
      if (link.owner === undefined) alone.seen(object);
      else around.owned.add(link.uid, serviceLabel(object));
      onLearned(revisions.seen(link), link.uid);
    },
    deleted(object) {
      if (controllerOf(object) === undefined) alone.deleted(object);
      missing(textAt(object, 'metadata', 'uid') ?? '');
    },
    missing,
  };
}

/** ControllerRevisions tell which rollout of a DaemonSet is the newest. */
export function trackControllerRevisions(revisions: Revisions, onLearned: (owner: Owner) => void): KindTracker {
  const gone = (uid: string): void => revisions.gone(uid);
  return {
    of: undefined,
    seen(object) {
      const owner = revisions.seen(controllerRevisionLink(object));
      if (owner?.kind === 'DaemonSet') onLearned(owner);
    },
    deleted: (object) => gone(textAt(object, 'metadata', 'uid') ?? ''),
    missing: gone,
  };
}

function serviceLabel(object: Fields): string {
  return textAt(object, 'metadata', 'labels', 'release-manager.io/service') ?? '';
}
