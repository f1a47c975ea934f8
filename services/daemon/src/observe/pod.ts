import type { PodFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { listAt, textAt, timeAt, type Fields } from '../objects/index.ts';
import {
  conditionOf,
  controllerOf,
  liveStamp,
  longAgo,
  nameOf,
  nodeHash,
  objectRef,
  reasonOf,
  serviceOf,
  words,
  type Owner,
} from './common.ts';
import { containersOf } from './container.ts';

const phases = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] as const;

/**
 * A pod. `workload` is what its owner belongs to, where that is known: of a ReplicaSet its Deployment. The hash of its
 * template, or of its controller revision, says of which rollout it is.
 */
export function podFacts(pod: Fields, workload: Owner | undefined): PodFacts {
  const phase = textAt(pod, 'status', 'phase');
  const conditions = listAt(pod, 'status', 'conditions');
  const scheduled = conditions.find((condition) => textAt(condition, 'type') === 'PodScheduled');
  const ready = conditions.find((condition) => textAt(condition, 'type') === 'Ready');
  return compact({
    type: 'pod' as const,
    object: objectRef(pod),
    service: serviceOf(pod),
    createdAt: timeAt(pod, 'metadata', 'creationTimestamp') ?? longAgo,
    stamp: controllerOf(pod) === undefined ? liveStamp(pod) : undefined,
    workload: workload === undefined || workload.name === '' ? undefined : workload,
    revision: revisionOf(pod),
    phase: phases.find((name) => name === phase) ?? 'Pending',
    reason: reasonOf(textAt(pod, 'status', 'reason')),
    message: words(textAt(pod, 'status', 'message')),
    ready: ready !== undefined && textAt(ready, 'status') === 'True',
    scheduled: scheduled === undefined ? undefined : conditionOf(scheduled),
    terminating: timeAt(pod, 'metadata', 'deletionTimestamp'),
    node: nodeHash(textAt(pod, 'spec', 'nodeName')),
    containers: containersOf(pod),
  });
}

function revisionOf(pod: Fields): string | undefined {
  const hash =
    textAt(pod, 'metadata', 'labels', 'pod-template-hash') ??
    textAt(pod, 'metadata', 'labels', 'controller-revision-hash');
  return hash === undefined ? undefined : nameOf(hash);
}
