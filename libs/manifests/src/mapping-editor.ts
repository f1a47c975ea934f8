import { AppError } from '@release-manager/domain';
import { isAlias, isMap, isScalar, type Alias, type CST, type Node, type Pair, type YAMLMap } from 'yaml';

import { flowEntries, flowText, type MappingChange } from './flow-text.ts';
import type { ParsedObject } from './manifest-parser.ts';
import { doubleQuoted } from './printable.ts';
import type { YamlTree } from './yaml-tree.ts';

interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Sets keys in the mappings of one file by inserting text, so that every byte that is not part of the change stays: comments,
 * order, quotes, line ends. A mapping that is shared through an anchor is changed only for the object that asked: whoever
 * names the anchor gets a copy of what it stood for before.
 */
export class MappingEditor {
  readonly #text: string;
  readonly #edits: TextEdit[] = [];
  readonly #changed = new Set<Node>();
  readonly #replaced = new Set<Alias>();
  readonly #trees = new Set<YamlTree>();
  readonly #objects: YAMLMap[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  change(object: ParsedObject, change: MappingChange): void {
    this.#trees.add(object.tree);
    if (isAlias(object.slot)) {
      this.#replaceAlias(object.slot, flowText(object.tree, object.slot, change));
      return;
    }
    this.#objects.push(object.map);
    this.#changeMap(object.tree, object.map, change);
  }

  /** The text with all changes made. */
  result(): string {
    for (const tree of this.#trees) this.#protectAliases(tree);
    const edits = [...this.#edits].sort((a, b) => a.start - b.start);
    let result = '';
    let at = 0;
    for (const edit of edits) {
      result += this.#text.slice(at, edit.start) + edit.text;
      at = edit.end;
    }
    return result + this.#text.slice(at);
  }

  #changeMap(tree: YamlTree, map: YAMLMap, change: MappingChange): void {
    this.#changed.add(map);
    const missing = new Map<string, string | MappingChange>();
    const copies = new Map<string, string>();
    for (const [key, value] of change) {
      const entry = tree.entry(map, key);
      if (entry?.isDirect === true) this.#changePair(tree, entry.pair, value);
      else if (entry === undefined || typeof value === 'string') missing.set(key, value);
      else copies.set(key, flowText(tree, entry.value, value));
    }
    if (missing.size + copies.size > 0) this.#insert(map, missing, copies);
  }

  #changePair(tree: YamlTree, pair: Pair, value: string | MappingChange): void {
    const written = pair.value;
    if (typeof value !== 'string' && isMap(written)) {
      this.#changeMap(tree, written, value);
      return;
    }
    if (typeof value !== 'string' && tree.map(written) === undefined && !tree.isNull(written)) throw unusable();
    const text = typeof value === 'string' ? doubleQuoted(value) : flowText(tree, written, value);
    if (isAlias(written)) this.#replaceAlias(written, text);
    else this.#replaceValue(pair, text);
  }

  #replaceAlias(alias: Alias, text: string): void {
    if (this.#replaced.has(alias)) return;
    this.#replaced.add(alias);
    const [start, end] = alias.range ?? [0, 0];
    this.#edits.push({ start, end, text });
  }

  /** Puts a value where a scalar or nothing stands, its anchor and tag included. */
  #replaceValue(pair: Pair, text: string): void {
    if (isScalar(pair.value)) this.#changed.add(pair.value);
    const { start, end, prefix } = valueSpan(pair);
    this.#edits.push({ start, end, text: prefix + text });
  }

  #insert(map: YAMLMap, missing: MappingChange, copies: ReadonlyMap<string, string>): void {
    const token = map.srcToken;
    if (token?.type === 'flow-collection') {
      const start = token.start.offset + 1;
      const entries = [...flowEntries(missing), ...[...copies].map(([key, text]) => `${doubleQuoted(key)}: ${text}`)];
      const isEmpty = map.items.length === 0;
      const gap = isEmpty ? '' : /^\s/.test(this.#text.slice(start, start + 1)) ? ',' : ', ';
      this.#edits.push({ start, end: start, text: entries.join(', ') + gap });
      return;
    }
    const first = token?.type === 'block-map' ? token.items[0] : undefined;
    if (first === undefined) throw unusable();
    this.#insertLines(firstOffset(first), [
      ...blockLines(missing),
      ...[...copies].map(([key, text]) => `${key}: ${text}`),
    ]);
  }

  /** Whole lines above the comments of the first entry, so that these stay with what they speak of. */
  #insertLines(offset: number, lines: readonly string[]): void {
    const lineStart = this.#text.lastIndexOf('\n', offset - 1) + 1;
    const indent = ' '.repeat(offset - lineStart);
    const eol = this.#lineEnd(offset);
    if (this.#text.slice(lineStart, offset) !== indent) {
      this.#edits.push({ start: offset, end: offset, text: lines.map((line) => line + eol + indent).join('') });
      return;
    }
    const start = indent === '' ? lineStart : this.#aboveComments(lineStart);
    this.#edits.push({ start, end: start, text: lines.map((line) => indent + line + eol).join('') });
  }

  #aboveComments(lineStart: number): number {
    let start = lineStart;
    while (start > 0) {
      const previous = this.#text.lastIndexOf('\n', start - 2) + 1;
      if (!/^\s*(?:#.*)?$/.test(this.#text.slice(previous, start - 1))) return start;
      start = previous;
    }
    return start;
  }

  #lineEnd(offset: number): string {
    const next = this.#text.indexOf('\n', offset);
    const at = next === -1 ? this.#text.lastIndexOf('\n', offset) : next;
    return at > 0 && this.#text[at - 1] === '\r' ? '\r\n' : '\n';
  }

  #protectAliases(tree: YamlTree): void {
    for (const [alias, target] of tree.aliases) {
      const isShared = this.#changed.has(target) || this.#objects.some((map) => encloses(target, map));
      if (isShared) this.#replaceAlias(alias, flowText(tree, target));
    }
  }
}

function blockLines(change: MappingChange): readonly string[] {
  return [...change].flatMap(([key, value]) =>
    typeof value === 'string'
      ? [`${key}: ${doubleQuoted(value)}`]
      : [`${key}:`, ...blockLines(value).map((line) => `  ${line}`)],
  );
}

function firstOffset(item: CST.BlockMap['items'][number]): number {
  const property = item.start.find((token) => ['anchor', 'tag', 'explicit-key-ind'].includes(token.type));
  const offset = property?.offset ?? item.key?.offset ?? item.sep?.[0]?.offset;
  if (offset === undefined) throw unusable();
  return offset;
}

interface ValueSpan {
  readonly start: number;
  readonly end: number;
  /** What has to stand before a value that takes the place of none. */
  readonly prefix: string;
}

function valueSpan(pair: Pair): ValueSpan {
  const sep = pair.srcToken?.sep ?? [];
  const colon = sep.find((token) => token.type === 'map-value-ind');
  if (colon === undefined) return afterKey(pair);
  const properties = sep.filter((token) => token.type === 'anchor' || token.type === 'tag');
  const written = scalarSpan(pair.value);
  const start = properties[0]?.offset ?? written?.[0];
  if (start === undefined) return { start: colon.offset + 1, end: colon.offset + 1, prefix: ' ' };
  return { start, end: written?.[1] ?? endOf(properties.at(-1)) ?? start, prefix: '' };
}

function endOf(token: CST.SourceToken | undefined): number | undefined {
  return token === undefined ? undefined : token.offset + token.source.length;
}

/** A key in a flow mapping that has neither colon nor value. */
function afterKey(pair: Pair): ValueSpan {
  const end = isScalar(pair.key) ? pair.key.range?.[1] : undefined;
  const isExplicit = pair.srcToken?.start.some((token) => token.type === 'explicit-key-ind') === true;
  if (end === undefined || isExplicit) throw unusable();
  return { start: end, end, prefix: ': ' };
}

function scalarSpan(node: unknown): readonly [number, number] | undefined {
  if (!isScalar(node) || node.source === '') return undefined;
  return node.range === undefined || node.range === null ? undefined : [node.range[0], node.range[1]];
}

function encloses(outer: Node, inner: YAMLMap): boolean {
  const [from, , to] = outer.range ?? [0, 0, 0];
  const [start, , end] = inner.range ?? [0, 0, 0];
  return outer !== inner && isInside(start, from, to) && end <= to;
}

function isInside(offset: number, from: number, to: number): boolean {
  return offset >= from && offset < to;
}

function unusable(): AppError {
  return new AppError(
    'invalid',
    'manifest.stamp',
    'The labels or annotations of a workload are written in a way that cannot be edited.',
    {
      next: 'Write metadata, labels and annotations as plain mappings.',
    },
  );
}
