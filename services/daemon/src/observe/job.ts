import type { WorkloadFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, isTrueAt, type Fields } from '../objects/index.ts';
import { controllerOf } from './common.ts';
import { workloadBase } from './workload.ts';

/** A Job. It has no observed generation: its template cannot change. */
export function jobFacts(object: Fields): WorkloadFacts {
  const base = workloadBase(object);
  const owner = controllerOf(object);
  return {
    ...base,
    observedGeneration: base.generation,
    job: compact({
      active: countAt(object, 'status', 'active') ?? 0,
      succeeded: countAt(object, 'status', 'succeeded') ?? 0,
      failed: countAt(object, 'status', 'failed') ?? 0,
      completions: countAt(object, 'spec', 'completions'),
      backoffLimit: countAt(object, 'spec', 'backoffLimit'),
      suspended: isTrueAt(object, 'spec', 'suspend'),
      ttlSecondsAfterFinished: countAt(object, 'spec', 'ttlSecondsAfterFinished'),
      cronJob: owner?.kind === 'CronJob' && owner.name !== '' ? owner.name : undefined,
    }),
  };
}

/** A CronJob: it has no rollout, only its stamp; what it starts are Jobs. */
export function cronJobFacts(object: Fields): WorkloadFacts {
  const base = workloadBase(object);
  return {
    ...base,
    observedGeneration: base.generation,
    paused: isTrueAt(object, 'spec', 'suspend'),
  };
}
