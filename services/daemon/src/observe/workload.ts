import type { WorkloadFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, fieldsAt, timeAt, type Fields } from '../objects/index.ts';
import { conditionsOf, imagesOf, liveStamp, longAgo, objectRef } from './common.ts';
import { foreignFields } from './foreign-fields.ts';

type CommonFacts = Pick<
  WorkloadFacts,
  | 'type'
  | 'object'
  | 'stamp'
  | 'createdAt'
  | 'generation'
  | 'observedGeneration'
  | 'conditions'
  | 'images'
  | 'notByFlux'
>;

/** What is read of every workload in the same way. */
export function workloadBase(object: Fields): CommonFacts {
  const generation = countAt(object, 'metadata', 'generation') ?? 0;
  const images = imagesOf(podSpecOf(object));
  return compact({
    type: 'workload' as const,
    object: objectRef(object),
    stamp: liveStamp(object),
    createdAt: timeAt(object, 'metadata', 'creationTimestamp') ?? longAgo,
    generation,
    observedGeneration: countAt(object, 'status', 'observedGeneration') ?? 0,
    conditions: conditionsOf(object),
    images,
    notByFlux: foreignFields(object, images),
  });
}

/** What pods are made from; a CronJob makes them through Jobs. */
function podSpecOf(object: Fields): Fields {
  const template = ['spec', 'template', 'spec'];
  const path = object['kind'] === 'CronJob' ? ['spec', 'jobTemplate', ...template] : template;
  return fieldsAt(object, ...path);
}
