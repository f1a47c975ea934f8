import type { ParsedObject } from './manifest-parser.ts';

const prefix = 'kustomize.toolkit.fluxcd.io/';

/** Whether the object tells Flux so: it looks at annotations and labels, and compares the values without regard to case. */
export function fluxHint({ tree, map }: ParsedObject, name: string, ...values: readonly string[]): boolean {
  const texts = ['annotations', 'labels'].map((where) => tree.text(tree.at(map, 'metadata', where, prefix + name)));
  return texts.some((text) => text !== undefined && values.includes(text.toLowerCase()));
}

/** Flux makes such an object at most once, and then leaves it as people change it. */
export function isLeftAlone(object: ParsedObject): boolean {
  return fluxHint(object, 'ssa', 'ifnotpresent', 'ignore') || fluxHint(object, 'reconcile', 'disabled');
}
