import { isMap, isScalar, isSeq, Scalar } from 'yaml';

import { doubleQuoted } from './printable.ts';
import type { YamlEntry, YamlTree } from './yaml-tree.ts';

/** Keys to set in a mapping: a text, or a change of the mapping under that key. */
export type MappingChange = ReadonlyMap<string, string | MappingChange>;

/** Plain scalars that mean in a flow collection, to every reader, what they meant in their place. */
const plainWord = /^(?=.*[A-Za-z0-9])[-+.]?[A-Za-z0-9_][-+./A-Za-z0-9_]*$/;

/**
 * A node on one line in flow style, with aliases and merges replaced by what they stand for and a change made on the way.
 * Numbers and words keep their spelling, so that no reader takes them for another type than before.
 */
export function flowText(tree: YamlTree, node: unknown, change?: MappingChange): string {
  const resolved = tree.resolve(node);
  if (change !== undefined || isMap(resolved)) return flowMapping(tree, tree.entries(resolved), change ?? new Map());
  if (isSeq(resolved)) return `[${resolved.items.map((item) => flowText(tree, item)).join(', ')}]`;
  return isScalar(resolved) ? flowScalar(resolved) : 'null';
}

/** The entries of a change alone, `"key": value`, for a mapping that has none of them. */
export function flowEntries(change: MappingChange): readonly string[] {
  return [...change].map(([key, value]) => {
    const text = typeof value === 'string' ? doubleQuoted(value) : `{${flowEntries(value).join(', ')}}`;
    return `${doubleQuoted(key)}: ${text}`;
  });
}

function flowMapping(tree: YamlTree, entries: readonly YamlEntry[], change: MappingChange): string {
  const kept = entries.map(({ key, value }) => {
    const changed = change.get(key);
    const text = typeof changed === 'string' ? doubleQuoted(changed) : flowText(tree, value, changed);
    return `${doubleQuoted(key)}: ${text}`;
  });
  const known = new Set(entries.map((entry) => entry.key));
  const added = new Map([...change].filter(([key]) => !known.has(key)));
  return `{${[...kept, ...flowEntries(added)].join(', ')}}`;
}

function flowScalar(scalar: Scalar): string {
  const { value, source, type, tag } = scalar;
  if (type === Scalar.PLAIN && tag === undefined && source !== undefined && plainWord.test(source)) return source;
  if (typeof value === 'string') return doubleQuoted(value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'null';
}
