import type { WorkloadFacts } from '@release-manager/contract';

import { conditionOf } from '../workload.ts';
import type { Progress } from './progress.ts';

/**
 * A Job is waited for until it is complete (as Flux does, which overrides kstatus there). One that was complete and is gone was
 * taken by its TTL. A suspended one waits for whoever suspended it (Kueue, a person).
 */
export function jobProgress(live: WorkloadFacts): Progress {
  const { succeeded = 0, active = 0, completions = 1, suspended = false } = live.job ?? {};
  const isComplete = conditionOf(live, 'Complete')?.status === 'True';
  const isSuspended = suspended || conditionOf(live, 'Suspended')?.status === 'True';
  const counts = { done: Math.min(succeeded, completions), wanted: completions };
  if (isComplete) return { isDone: true, done: completions, wanted: completions, says: 'is complete' };
  if (live.deleted === true) return { isDone: false, ...counts, says: 'is gone before it was complete' };
  if (isSuspended) return { isDone: false, ...counts, says: 'is suspended', isHalted: true };
  // How long a Job may run is its own affair (`activeDeadlineSeconds`).
  return {
    isDone: false,
    ...counts,
    isHalted: true,
    says: `runs: ${active} active, ${succeeded} of ${completions} succeeded`,
  };
}
