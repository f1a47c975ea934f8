import type { PruneFacts } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import type { Found } from '../kubernetes/index.ts';
import { textAt, timeAt, type Fields } from '../objects/index.ts';
import { finalizersOf } from '../observe/index.ts';

/** What became of one entry of the inventory of a Kustomization that is gone. */
export type EntryFate =
  | { readonly fate: 'settled' }
  | { readonly fate: 'unreadable'; readonly id: string }
  | { readonly fate: 'remaining'; readonly entry: PruneFacts['remaining'][number] };

/**
 * Settled is what is gone, what another Kustomization applies now, and what was told to stay (`prune: disabled`). All else
 * remains: Flux has not deleted it yet, or a finalizer holds it.
 */
export function judgeEntry(
  id: string,
  found: Found,
  owner: { readonly namespace: string; readonly name: string },
): EntryFate {
  if (found.state === 'gone') return { fate: 'settled' };
  if (found.state === 'unreadable') return { fate: 'unreadable', id };
  const { object } = found;
  if (!isOf(object, owner) || staysOnPurpose(object)) return { fate: 'settled' };
  const terminating = timeAt(object, 'metadata', 'deletionTimestamp');
  return { fate: 'remaining', entry: compact({ id, terminating, finalizers: finalizersOf(object) }) };
}

const flux = 'kustomize.toolkit.fluxcd.io';

/** Flux writes on everything that it applies which Kustomization it was. */
function isOf(object: Fields, { namespace, name }: { readonly namespace: string; readonly name: string }): boolean {
  return (
    textAt(object, 'metadata', 'labels', `${flux}/name`) === name &&
    textAt(object, 'metadata', 'labels', `${flux}/namespace`) === namespace
  );
}

function staysOnPurpose(object: Fields): boolean {
  const annotation = (key: string): string =>
    (
      textAt(object, 'metadata', 'annotations', `${flux}/${key}`) ??
      textAt(object, 'metadata', 'labels', `${flux}/${key}`) ??
      ''
    ).toLowerCase();
  return annotation('prune') === 'disabled' || annotation('reconcile') === 'disabled';
}
