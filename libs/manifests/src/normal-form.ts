import { doubleQuoted, isPrintable } from './printable.ts';
import { isReservedKey } from './stamp-keys.ts';
import type { YamlMapping, YamlValue } from './yaml-tree.ts';

const firstKeys = ['apiVersion', 'kind', 'metadata', 'name', 'namespace'];
/** Texts that nobody would take for anything else. */
const plainText = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z/][-A-Za-z0-9_./@=+]*(?::[-A-Za-z0-9_./@=+]+)*$/i;

/** An object without our stamp; metadata, labels and annotations that then hold nothing are left out as well. */
export function withoutStamp(value: YamlValue, key = '', parent = ''): YamlValue {
  if (isList(value)) return value.map((item) => withoutStamp(item));
  if (!isMapping(value)) return value;
  const isLabelMap = parent === 'metadata' && isLabelKey(key);
  const entries = [...value]
    .filter(([name]) => !(isLabelMap && isReservedKey(name)))
    .map(([name, item]): [string, YamlValue] => [name, withoutStamp(item, name, key)]);
  return new Map(entries.filter(([name, kept]) => !(isStampPlace(name, key) && isEmpty(kept))));
}

/** The lines of an object in one fixed notation, so that neither order of keys nor style makes a difference. */
export function normalLines(value: YamlValue): readonly string[] {
  if (isMapping(value) && value.size > 0) {
    return sortedKeys(value).flatMap((key) => under(`${scalarLine(key)}:`, value.get(key) ?? null, '  '));
  }
  if (isList(value) && value.length > 0) {
    return value.flatMap((item) => {
      const [first = '', ...rest] = normalLines(item);
      return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
    });
  }
  if (typeof value === 'string' && isBlock(value)) return blockLines(value);
  return [leaf(value)];
}

export function isMapping(value: YamlValue | undefined): value is YamlMapping {
  return value instanceof Map;
}

export function isList(value: YamlValue | undefined): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function under(head: string, value: YamlValue, indent: string): readonly string[] {
  const lines = normalLines(value);
  const isNested = (isMapping(value) && value.size > 0) || (isList(value) && value.length > 0);
  if (isNested) return [head, ...lines.map((line) => indent + line)];
  const [first = '', ...rest] = lines;
  return [`${head} ${first}`, ...rest.map((line) => indent + line)];
}

function sortedKeys(value: YamlMapping): readonly string[] {
  const rank = (key: string): number => {
    const index = firstKeys.indexOf(key);
    return index === -1 ? firstKeys.length : index;
  };
  return [...value.keys()].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : a > b ? 1 : 0));
}

function isBlock(text: string): boolean {
  return text.includes('\n') && isPrintable(text);
}

function blockLines(text: string): readonly string[] {
  const end = text.endsWith('\n\n') ? '|+' : text.endsWith('\n') ? '|' : '|-';
  return [end, ...(text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')];
}

function leaf(value: YamlValue): string {
  if (typeof value === 'string') return scalarLine(value);
  if (isMapping(value)) return '{}';
  return isList(value) ? '[]' : String(value);
}

function scalarLine(text: string): string {
  return plainText.test(text) ? text : doubleQuoted(text);
}

function isLabelKey(key: string): boolean {
  return key === 'labels' || key === 'annotations';
}

function isStampPlace(key: string, parent: string): boolean {
  return key === 'metadata' || (parent === 'metadata' && isLabelKey(key));
}

function isEmpty(value: YamlValue): boolean {
  return value === null || (isMapping(value) && value.size === 0);
}
