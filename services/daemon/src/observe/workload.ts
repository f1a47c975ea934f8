import type { WorkloadFacts } from '@release-manager/contract';

import { countAt, timeAt, type Fields } from '../objects/index.ts';
import { conditionsOf, liveStamp, longAgo, objectRef } from './common.ts';

type CommonFacts = Pick<
  WorkloadFacts,
  'type' | 'object' | 'stamp' | 'createdAt' | 'generation' | 'observedGeneration' | 'conditions'
>;

/** What is read of every workload in the same way. */
export function workloadBase(object: Fields): CommonFacts {
  const generation = countAt(object, 'metadata', 'generation') ?? 0;
  return {
    type: 'workload',
    object: objectRef(object),
    stamp: liveStamp(object),
    createdAt: timeAt(object, 'metadata', 'creationTimestamp') ?? longAgo,
    generation,
    observedGeneration: countAt(object, 'status', 'observedGeneration') ?? 0,
    conditions: conditionsOf(object),
  };
}
