import type { ContainerFacts } from '@release-manager/contract';

import { crashSignal, deathOf } from './crash.ts';
import { containersOf, type FailureRule } from './failure-rule.ts';

/** The kernel killed it for going over its limit: `OOMKilled`, exit 137 (pkg/kubelet/kuberuntime, runtime status reason). */
export function isOutOfMemory(container: ContainerFacts): boolean {
  return deathOf(container)?.reason === 'OOMKilled';
}

/** A container needs more memory than its limit allows. */
export const outOfMemory: FailureRule = (workload) =>
  workload.expected.kind === 'Job'
    ? []
    : containersOf(workload)
        .filter(({ container }) => isOutOfMemory(container))
        .flatMap((at) =>
          crashSignal(workload, at, {
            code: 'pod.out-of-memory',
            message: `the container was killed for using more memory than its limit (OOMKilled), ${at.container.restarts} restarts`,
            next: 'raise resources.limits.memory, or find what uses it',
          }),
        );
