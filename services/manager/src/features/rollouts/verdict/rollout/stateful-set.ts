import type { WorkloadFacts } from '@release-manager/contract';

import { upTo, type Progress } from './progress.ts';

/**
 * `kubectl rollout status` of a StatefulSet (`StatefulSetStatusViewer`): all ready, and everything from the partition upwards of
 * the new revision. With `OnDelete` kubectl gives up and kstatus calls it done: nothing happens until somebody deletes pods.
 */
export function statefulSetProgress(live: WorkloadFacts): Progress {
  const { desired = 1, ready = 0, updated = 0, partition = 0 } = live;
  if (live.observedGeneration === 0 || live.generation > live.observedGeneration)
    return { isDone: false, done: 0, wanted: desired, says: 'its controller has not seen the change yet' };
  if (live.strategy === 'OnDelete') {
    const says = `${updated} of ${desired} pods are new; the others change when somebody deletes them (OnDelete)`;
    return { isDone: true, done: desired, wanted: desired, says };
  }
  return rollingProgress(live, { desired, ready, updated, partition });
}

interface Counters {
  readonly desired: number;
  readonly ready: number;
  readonly updated: number;
  readonly partition: number;
}

function rollingProgress(live: WorkloadFacts, { desired, ready, updated, partition }: Counters): Progress {
  const isUnchanged = live.currentRevision !== undefined && live.currentRevision === live.updateRevision;
  const wanted = isUnchanged ? desired : Math.max(0, desired - partition);
  const done = isUnchanged ? Math.min(ready, desired) : Math.min(updated, wanted, ready);
  if (ready < desired) return { isDone: false, done, wanted, says: `${ready} of ${desired} pods are ready` };
  if (!isUnchanged && updated < wanted)
    return { isDone: false, done, wanted, says: `${updated} of ${wanted} pods are new` };
  const kept = desired > wanted ? `; ${desired - wanted} stay on the old template (partition)` : '';
  return { isDone: true, done: wanted, wanted, says: `${upTo(wanted, wanted)}${kept}` };
}
