import type { WorkloadFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, isTrueAt, textAt, type Fields } from '../objects/index.ts';
import { isAutoscaled } from './common.ts';
import { workloadBase } from './workload.ts';

/**
 * A Deployment. Its status leaves counters out that are zero, and does not say which ReplicaSet is the newest: that is found
 * by `deploymentRevision` among the ReplicaSets.
 */
export function deploymentFacts(object: Fields, updateRevision?: string): WorkloadFacts {
  return compact({
    ...workloadBase(object),
    desired: countAt(object, 'spec', 'replicas') ?? 1,
    current: countAt(object, 'status', 'replicas') ?? 0,
    updated: countAt(object, 'status', 'updatedReplicas') ?? 0,
    ready: countAt(object, 'status', 'readyReplicas') ?? 0,
    available: countAt(object, 'status', 'availableReplicas') ?? 0,
    paused: isTrueAt(object, 'spec', 'paused'),
    strategy:
      textAt(object, 'spec', 'strategy', 'type') === 'Recreate' ? ('Recreate' as const) : ('RollingUpdate' as const),
    updateRevision,
    autoscaled: isAutoscaled(object),
    progressDeadlineSeconds: countAt(object, 'spec', 'progressDeadlineSeconds'),
  });
}

/** The number of the rollout that a Deployment or a ReplicaSet of it says it belongs to. */
export function deploymentRevision(object: Fields): number | undefined {
  const text = textAt(object, 'metadata', 'annotations', 'deployment.kubernetes.io/revision');
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
