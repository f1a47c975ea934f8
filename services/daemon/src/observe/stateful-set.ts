import type { WorkloadFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, textAt, type Fields } from '../objects/index.ts';
import { isAutoscaled, nameOf } from './common.ts';
import { workloadBase } from './workload.ts';

/** A StatefulSet. `partition` is 0 where there is none, as the API server defaults it. */
export function statefulSetFacts(object: Fields): WorkloadFacts {
  const onDelete = textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete';
  return compact({
    ...workloadBase(object),
    desired: countAt(object, 'spec', 'replicas') ?? 1,
    current: countAt(object, 'status', 'replicas') ?? 0,
    updated: countAt(object, 'status', 'updatedReplicas') ?? 0,
    ready: countAt(object, 'status', 'readyReplicas') ?? 0,
    available: countAt(object, 'status', 'availableReplicas') ?? 0,
    strategy: onDelete ? ('OnDelete' as const) : ('RollingUpdate' as const),
    partition: onDelete ? undefined : (countAt(object, 'spec', 'updateStrategy', 'rollingUpdate', 'partition') ?? 0),
    updateRevision: revisionAt(object, 'updateRevision'),
    currentRevision: revisionAt(object, 'currentRevision'),
    autoscaled: isAutoscaled(object),
  });
}

function revisionAt(object: Fields, field: string): string | undefined {
  const text = textAt(object, 'status', field);
  return text === undefined ? undefined : nameOf(text);
}
