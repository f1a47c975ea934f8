import { isAlias, isMap, isScalar, isSeq, type Alias, type Node, type Pair, type YAMLMap } from 'yaml';

import type { ProblemList } from './manifest-problem.ts';
import type { YamlDocument } from './yaml-stream.ts';
import { isMergeKey, YamlTreeCheck } from './yaml-tree-check.ts';

/** A value of YAML without its notation. Maps are `Map`s, so that no key of the input can mean anything to JavaScript. */
export type YamlValue = null | boolean | number | string | readonly YamlValue[] | YamlMapping;
export type YamlMapping = ReadonlyMap<string, YamlValue>;

/** An entry of a mapping as it counts: merge keys are followed, and what stands in the mapping itself goes first. */
export interface YamlEntry {
  readonly key: string;
  readonly value: Node | null;
  readonly pair: Pair;
  /** False for an entry that a merge key (`<<`) brings in. */
  readonly isDirect: boolean;
}

/**
 * A document with its aliases resolved in the order of the text and everything checked that could mean two things to two
 * readers. When `isSound` is false a problem was added and the document must not be looked at.
 */
export class YamlTree {
  readonly document: YamlDocument;
  readonly isSound: boolean;
  readonly #targets = new Map<Alias, Node>();

  constructor(document: YamlDocument, lineAt: (offset: number) => number, problems: ProblemList) {
    this.document = document;
    const check = new YamlTreeCheck(this.#targets, lineAt, problems);
    this.isSound = check.run(document.contents);
  }

  /** Aliases of this document and what each stands for. */
  get aliases(): ReadonlyMap<Alias, Node> {
    return this.#targets;
  }

  resolve(node: unknown): Node | null {
    if (isAlias(node)) return this.resolve(this.#targets.get(node));
    return isMap(node) || isSeq(node) || isScalar(node) ? node : null;
  }

  map(node: unknown): YAMLMap | undefined {
    const resolved = this.resolve(node);
    return isMap(resolved) ? resolved : undefined;
  }

  items(node: unknown): readonly unknown[] {
    const resolved = this.resolve(node);
    return isSeq(resolved) ? resolved.items : [];
  }

  text(node: unknown): string | undefined {
    const resolved = this.resolve(node);
    return isScalar(resolved) && typeof resolved.value === 'string' ? resolved.value : undefined;
  }

  isTrue(node: unknown): boolean {
    const resolved = this.resolve(node);
    return isScalar(resolved) && resolved.value === true;
  }

  isNull(node: unknown): boolean {
    const resolved = this.resolve(node);
    return resolved === null || (isScalar(resolved) && resolved.value === null);
  }

  entries(node: unknown): readonly YamlEntry[] {
    const map = this.map(node);
    if (map === undefined) return [];
    const direct = map.items.filter((pair) => !isMergeKey(pair.key)).map((pair) => entryOf(pair, true));
    const merges = map.items.filter((pair) => isMergeKey(pair.key));
    if (merges.length === 0) return direct;
    const all = new Map(direct.map((entry) => [entry.key, entry]));
    for (const from of merges.flatMap((merge) => this.#parts(merge.value))) {
      for (const entry of this.entries(from)) {
        if (!all.has(entry.key)) all.set(entry.key, { ...entry, isDirect: false });
      }
    }
    return [...all.values()];
  }

  entry(node: unknown, key: string): YamlEntry | undefined {
    const map = this.map(node);
    if (map === undefined) return undefined;
    const direct = map.items.find((pair) => isScalar(pair.key) && pair.key.value === key && !isMergeKey(pair.key));
    if (direct !== undefined) return entryOf(direct, true);
    if (!map.items.some((pair) => isMergeKey(pair.key))) return undefined;
    return this.entries(map).find((entry) => entry.key === key);
  }

  /** The value at a path of keys, aliases and merges followed; undefined where the path ends before. */
  at(node: unknown, ...path: readonly string[]): Node | undefined {
    let current: unknown = node;
    for (const key of path) current = this.entry(current, key)?.value ?? undefined;
    return this.resolve(current) ?? undefined;
  }

  #parts(merged: unknown): readonly unknown[] {
    const source = this.resolve(merged);
    return isSeq(source) ? source.items : [source];
  }

  value(node: unknown): YamlValue {
    const resolved = this.resolve(node);
    if (isMap(resolved)) return new Map(this.entries(resolved).map((entry) => [entry.key, this.value(entry.value)]));
    if (isSeq(resolved)) return resolved.items.map((item) => this.value(item));
    if (!isScalar(resolved)) return null;
    const { value } = resolved;
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null;
  }
}

function entryOf(pair: Pair, isDirect: boolean): YamlEntry {
  const key = isScalar(pair.key) ? String(pair.key.value) : '';
  return { key, value: (pair.value as Node | null | undefined) ?? null, pair, isDirect };
}
