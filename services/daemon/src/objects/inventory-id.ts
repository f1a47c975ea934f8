import type { ResourceType } from './resource-type.ts';

/** An object as the inventory of a Kustomization names it. */
export interface InventoryObject extends Pick<ResourceType, 'group' | 'kind'> {
  readonly namespace: string;
  readonly name: string;
}

/**
 * `<namespace>_<name>_<group>_<kind>`; namespace and group may be empty. A name may hold underscores only for the colons of
 * RBAC, which stand there as two (cli-utils, `object.ParseObjMetadata`).
 */
export function parseInventoryId(id: string): InventoryObject | undefined {
  const parts = id.split('_');
  const [namespace, ...rest] = parts;
  const kind = rest.pop();
  const group = rest.pop();
  const name = rest.join('_').replaceAll('__', ':');
  if (namespace === undefined || kind === undefined || kind === '' || group === undefined || name === '')
    return undefined;
  return { namespace, name, group, kind };
}
