import type { WarningFacts } from '@release-manager/contract';

import { conditionOf, type WorkloadContext } from '../workload.ts';
import type { FailureRule } from './failure-rule.ts';

/**
 * The Deployment's controller gave up: `Progressing=False`, `ProgressDeadlineExceeded` (the only failure that `kubectl rollout
 * status` knows; `progressDeadlineSeconds`, 600 by default). Most often the pods run and do not become ready.
 */
export const deadline: FailureRule = (workload) => {
  const { live } = workload;
  if (live === undefined || live.generation > live.observedGeneration) return [];
  const progressing = conditionOf(live, 'Progressing');
  if (progressing?.reason !== 'ProgressDeadlineExceeded') return [];
  const { code, message, next } = whatIsMissing(workload);
  return [
    {
      key: `workload.deadline ${workload.label}`,
      grace: 0,
      why: {
        code,
        message: `did not roll out within ${live.progressDeadlineSeconds ?? 600} s: ${message}`,
        object: workload.label,
        next,
      },
    },
  ];
};

/** What most probably keeps a workload from being done, in words: pods that run and are not ready, and what their probe says. */
export function whatIsMissing(workload: WorkloadContext): {
  readonly code: string;
  readonly message: string;
  readonly next: string;
} {
  const unready = workload.pods.filter(({ phase, ready }) => phase === 'Running' && !ready);
  const stuck = workload.oldPods.filter(({ terminating }) => terminating !== undefined);
  if (unready.length > 0) {
    const probe = probeWords(workload.warnings);
    return {
      code: 'pod.not-ready',
      message: `${unready.length} ${unready.length === 1 ? 'pod runs' : 'pods run'} and ${unready.length === 1 ? 'is' : 'are'} not ready${probe === undefined ? '' : `: ${probe}`}`,
      next: 'see what the readiness probe asks, and the log of the pod',
    };
  }
  if (stuck.length > 0) {
    return {
      code: 'pod.stuck-terminating',
      message: stuck.length === 1 ? '1 old pod does not end' : `${stuck.length} old pods do not end`,
      next: 'see their finalizers and preStop hooks: kubectl describe pod',
    };
  }
  return { code: 'workload.deadline', message: 'nothing more happened', next: 'see its events: kubectl describe' };
}

function probeWords(warnings: readonly WarningFacts[]): string | undefined {
  return warnings.filter(({ reason }) => reason === 'Unhealthy').toSorted((a, b) => b.lastAt.localeCompare(a.lastAt))[0]
    ?.message;
}
