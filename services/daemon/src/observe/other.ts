import type { OtherFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, cut, textAt, timeAt, type Fields } from '../objects/index.ts';
import { conditionsOf, objectRef } from './common.ts';

/** An object of any other kind, as far as the conventions of kstatus speak of it. */
export function otherFacts(object: Fields, service: string): OtherFacts {
  const phase = textAt(object, 'status', 'phase');
  return compact({
    type: 'other' as const,
    object: objectRef(object),
    service,
    generation: countAt(object, 'metadata', 'generation'),
    observedGeneration: countAt(object, 'status', 'observedGeneration'),
    terminating: timeAt(object, 'metadata', 'deletionTimestamp'),
    finalizers: finalizersOf(object),
    phase: phase === undefined ? undefined : cut(phase, 100),
    conditions: conditionsOf(object),
  });
}

export function finalizersOf(object: Fields): string[] {
  const metadata = object['metadata'];
  const finalizers =
    typeof metadata === 'object' && metadata !== null && 'finalizers' in metadata ? metadata.finalizers : undefined;
  if (!Array.isArray(finalizers)) return [];
  return finalizers
    .filter((name): name is string => typeof name === 'string')
    .map((name) => cut(name, 317))
    .slice(0, 20);
}
