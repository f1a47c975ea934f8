import type { WorkloadFacts } from '@release-manager/contract';

import { upTo, type Progress } from './progress.ts';

/** `kubectl rollout status` of a DaemonSet (`DaemonSetStatusViewer`). One that matches no node is done at once. */
export function daemonSetProgress(live: WorkloadFacts): Progress {
  const { desired = 0, updated = 0, available = 0 } = live;
  const done = Math.min(updated, available, desired);
  if (live.generation > live.observedGeneration)
    return { isDone: false, done: 0, wanted: desired, says: 'its controller has not seen the change yet' };
  if (live.strategy === 'OnDelete') {
    const says = `${updated} of ${desired} pods are new; the others change when somebody deletes them (OnDelete)`;
    return { isDone: true, done: desired, wanted: desired, says };
  }
  if (updated < desired) return { isDone: false, done, wanted: desired, says: `${updated} of ${desired} pods are new` };
  if (available < desired) return { isDone: false, done, wanted: desired, says: upTo(available, desired) };
  return { isDone: true, done: desired, wanted: desired, says: upTo(desired, desired) };
}
