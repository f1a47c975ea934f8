import type { WorkloadFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, textAt, type Fields } from '../objects/index.ts';
import { controllerOf, isAutoscaled, nameOf, type Owner } from './common.ts';
import { deploymentRevision } from './deployment.ts';
import { workloadBase } from './workload.ts';

/** What a ReplicaSet tells about others: whose pods its pods are, and which rollout of its Deployment it is. */
export interface RevisionLink {
  readonly uid: string;
  readonly owner: Owner | undefined;
  readonly hash: string | undefined;
  readonly revision: number | undefined;
}

export function replicaSetLink(object: Fields): RevisionLink {
  const hash = textAt(object, 'metadata', 'labels', 'pod-template-hash');
  return {
    uid: textAt(object, 'metadata', 'uid') ?? '',
    owner: controllerOf(object),
    hash: hash === undefined ? undefined : nameOf(hash),
    revision: deploymentRevision(object),
  };
}

/** What a ControllerRevision tells about its DaemonSet. */
export function controllerRevisionLink(object: Fields): RevisionLink {
  const hash = textAt(object, 'metadata', 'labels', 'controller-revision-hash');
  return {
    uid: textAt(object, 'metadata', 'uid') ?? '',
    owner: controllerOf(object),
    hash: hash === undefined ? undefined : nameOf(hash),
    revision: countAt(object, 'revision'),
  };
}

/** A ReplicaSet that nobody owns: a workload like others, without rollouts. All its pods are of one template. */
export function replicaSetFacts(object: Fields): WorkloadFacts {
  const current = countAt(object, 'status', 'replicas') ?? 0;
  return compact({
    ...workloadBase(object),
    desired: countAt(object, 'spec', 'replicas') ?? 1,
    current,
    updated: current,
    ready: countAt(object, 'status', 'readyReplicas') ?? 0,
    available: countAt(object, 'status', 'availableReplicas') ?? 0,
    autoscaled: isAutoscaled(object),
  });
}
