import type { KustomizationFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import { countAt, cut, fieldsAt, isTrueAt, listAt, textAt, timeAt, type Fields } from '../objects/index.ts';
import { conditionsOf, nameOf, objectRef, stampKeys } from './common.ts';

/** An object that a Kustomization applied: `<namespace>_<name>_<group>_<kind>`, and the version it was applied in. */
export interface InventoryEntry {
  readonly id: string;
  readonly version: string;
}

/** What is sent of an inventory: with the rest of the facts it stays far below the size of a batch. */
const inventoryLimits = { entries: 2_000, characters: 128 * 1024 } as const;

/**
 * True for a Kustomization that has to do with this environment: it carries the labels that the manager puts on those of
 * services, it applies the folder of the environment's cluster or one above it, or one of its release folders.
 */
export function concerns(kustomization: Fields, environment: string): boolean {
  const service = textAt(kustomization, 'metadata', 'labels', stampKeys.service);
  const labelled = textAt(kustomization, 'metadata', 'labels', stampKeys.environment);
  if (service !== undefined) return labelled === undefined || labelled === environment;
  if (textAt(kustomization, 'spec', 'sourceRef', 'kind') === 'ExternalArtifact') return false;
  const path = (textAt(kustomization, 'spec', 'path') ?? '').replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
  const root = `clusters/${environment}`;
  return (
    ['', '.', 'clusters', root, environment].includes(path) ||
    path.startsWith(`${root}/`) ||
    path.startsWith(`${environment}/releases`)
  );
}

export function kustomizationFacts(kustomization: Fields): KustomizationFacts {
  const { inventory, isCut } = cutInventory(inventoryOf(kustomization));
  const [last] = listAt(kustomization, 'status', 'history');
  const path = textAt(kustomization, 'spec', 'path');
  const label = (key: string): string | undefined => cutAt(63, kustomization, 'metadata', 'labels', key);
  return compact({
    type: 'kustomization' as const,
    object: objectRef(kustomization),
    service: label(stampKeys.service),
    environment: label(stampKeys.environment),
    generation: countAt(kustomization, 'metadata', 'generation') ?? 0,
    observedGeneration: countAt(kustomization, 'status', 'observedGeneration') ?? 0,
    terminating: timeAt(kustomization, 'metadata', 'deletionTimestamp'),
    suspended: isTrueAt(kustomization, 'spec', 'suspend'),
    path: path === undefined ? undefined : cut(path, 1_000),
    source: sourceOf(kustomization),
    lastAppliedRevision: revisionAt(kustomization, 'status', 'lastAppliedRevision'),
    lastAppliedOriginRevision: revisionAt(kustomization, 'status', 'lastAppliedOriginRevision'),
    lastAttemptedRevision: revisionAt(kustomization, 'status', 'lastAttemptedRevision'),
    lastAttemptedOriginRevision: last === undefined ? undefined : revisionAt(last, 'metadata', 'originRevision'),
    conditions: conditionsOf(kustomization),
    inventory,
    inventoryCut: isCut ? (true as const) : undefined,
  });
}

/** Every entry of `status.inventory`, whole. */
export function inventoryOf(kustomization: Fields): InventoryEntry[] {
  return listAt(kustomization, 'status', 'inventory', 'entries').flatMap((entry) => {
    const id = textAt(entry, 'id');
    return id === undefined || id.length > 700 ? [] : [{ id, version: textAt(entry, 'v') ?? 'v1' }];
  });
}

function cutInventory(entries: readonly InventoryEntry[]): { inventory: string[]; isCut: boolean } {
  const inventory: string[] = [];
  let characters = 0;
  for (const { id } of entries) {
    characters += id.length;
    if (inventory.length >= inventoryLimits.entries || characters > inventoryLimits.characters) break;
    inventory.push(id);
  }
  return { inventory, isCut: inventory.length < entries.length };
}

function sourceOf(kustomization: Fields): KustomizationFacts['source'] {
  const source = fieldsAt(kustomization, 'spec', 'sourceRef');
  const name = textAt(source, 'name');
  if (name === undefined) return undefined;
  // A reference without a namespace means that of the Kustomization.
  const namespace = textAt(source, 'namespace') ?? textAt(kustomization, 'metadata', 'namespace') ?? '';
  return { kind: cut(textAt(source, 'kind') ?? '', 63), namespace: cut(namespace, 63), name: nameOf(name) };
}

function revisionAt(fields: Fields, ...path: readonly string[]): string | undefined {
  return cutAt(500, fields, ...path);
}

function cutAt(most: number, fields: Fields, ...path: readonly string[]): string | undefined {
  const text = textAt(fields, ...path);
  return text === undefined ? undefined : cut(text, most);
}
