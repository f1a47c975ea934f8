import type { WorkloadFacts } from '@release-manager/contract';

import { upTo, type Progress } from './progress.ts';

/**
 * `kubectl rollout status` of a Deployment (kubectl, polymorphichelpers/rollout_status.go, `DeploymentStatusViewer`), without
 * its only failure, the deadline, which is a rule of its own. `spec.replicas` is taken as it is live: an autoscaler may own it.
 */
export function deploymentProgress(live: WorkloadFacts): Progress {
  const { desired = 1, current = 0, updated = 0, available = 0 } = live;
  // Available counts old pods too, so it says nothing of this release beyond what is updated.
  const done =
    current > updated ? Math.max(0, Math.min(updated, available - (current - updated))) : Math.min(updated, available);
  const wait = (says: string): Progress => ({ isDone: false, done: Math.min(done, desired), wanted: desired, says });
  if (live.paused === true) return { ...wait('is paused: it goes on when somebody resumes it'), isHalted: true };
  if (live.generation > live.observedGeneration) return wait('its controller has not seen the change yet');
  if (updated < desired) return wait(`${updated} of ${desired} pods are new`);
  if (current > updated) return wait(leaving(current - updated));
  if (available < updated) return wait(upTo(available, updated));
  return { isDone: true, done: desired, wanted: desired, says: upTo(desired, desired) };
}

function leaving(pods: number): string {
  return pods === 1 ? '1 old pod is on its way out' : `${pods} old pods are on their way out`;
}
