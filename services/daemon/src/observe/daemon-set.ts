import type { WorkloadFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, textAt, type Fields } from '../objects/index.ts';
import { workloadBase } from './workload.ts';

/**
 * A DaemonSet: one pod per node that fits. Which revision is the newest stands not in its status but among its
 * ControllerRevisions.
 */
export function daemonSetFacts(object: Fields, updateRevision?: string): WorkloadFacts {
  const onDelete = textAt(object, 'spec', 'updateStrategy', 'type') === 'OnDelete';
  return compact({
    ...workloadBase(object),
    desired: countAt(object, 'status', 'desiredNumberScheduled') ?? 0,
    current: countAt(object, 'status', 'currentNumberScheduled') ?? 0,
    updated: countAt(object, 'status', 'updatedNumberScheduled') ?? 0,
    ready: countAt(object, 'status', 'numberReady') ?? 0,
    available: countAt(object, 'status', 'numberAvailable') ?? 0,
    strategy: onDelete ? ('OnDelete' as const) : ('RollingUpdate' as const),
    updateRevision,
  });
}
