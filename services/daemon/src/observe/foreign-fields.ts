import type { ForeignField, WorkloadFacts } from '@release-manager/contract';

import { cut, fieldsAt, fluxManager, listAt, textAt, type Fields } from '../objects/index.ts';

/**
 * The fields of a workload by which it is compared with the config repo and that Flux does not own, with who set each last.
 * What Flux owns is as Flux applied it, whatever substitutions and webhooks made of it on the way. Nothing where the object does
 * not say who owns what.
 */
export function foreignFields(object: Fields, images: WorkloadFacts['images']): ForeignField[] | undefined {
  const metadata = fieldsAt(object, 'metadata');
  if (!('managedFields' in metadata)) return undefined;
  const owners = listAt(metadata, 'managedFields').map(readOwner);
  const compared: ForeignField[] = [
    ...('replicas' in fieldsAt(object, 'spec') ? [{ field: 'replicas' as const }] : []),
    { field: 'release' },
    ...images.map(({ container }) => ({ field: 'image' as const, container })),
  ];
  return compared.flatMap((one) => {
    const its = owners.filter(({ owns }) => owns.includes(nameOf(one)));
    if (its.some(({ manager }) => manager === fluxManager)) return [];
    const last = its.toSorted((a, b) => a.time.localeCompare(b.time)).at(-1)?.manager;
    return last === undefined || last === '' ? [one] : [{ ...one, manager: cut(last, 128) }];
  });
}

/** As the entry was named when the object was received. */
function nameOf({ field, container }: ForeignField): string {
  return container === undefined ? field : `${field} ${container}`;
}

function readOwner(entry: Fields) {
  const owns = entry['owns'];
  return {
    manager: textAt(entry, 'manager') ?? '',
    time: textAt(entry, 'time') ?? '',
    owns: Array.isArray(owns) ? owns.filter((name) => typeof name === 'string') : [],
  };
}
