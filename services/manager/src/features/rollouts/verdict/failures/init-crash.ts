import { crashSignal, deathOf, deathWords } from './crash.ts';
import { containersOf, type FailureRule } from './failure-rule.ts';
import { isOutOfMemory } from './out-of-memory.ts';

/** An init container fails, so that the main ones never start (pod phase Pending, reason `CrashLoopBackOff` or `Error`). */
export const initCrash: FailureRule = (workload) =>
  workload.expected.kind === 'Job'
    ? []
    : containersOf(workload)
        .filter(({ container }) => container.role === 'init' && !isOutOfMemory(container) && !container.ready)
        .flatMap((at) =>
          crashSignal(workload, at, {
            code: 'pod.init-crash',
            message: `the init container ${deathWords(deathOf(at.container))}, ${at.container.restarts} restarts`,
            next: 'read its log; the main containers start only after it has ended well',
          }),
        );
