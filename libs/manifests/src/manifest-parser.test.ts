import { describe, expect, it } from 'vitest';

import { fileOf, helmOutput, kustomizeOutput, objectsIn } from './manifest-fixtures.ts';
import { manifestLimits } from './manifest-limits.ts';
import { parseManifests } from './manifest-parser.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

function firstProblem(content: string | Uint8Array): { rule: string; line: number } | undefined {
  const file = typeof content === 'string' ? fileOf(content) : { path: 'app.yaml', content };
  const [problem] = parseManifests([file]).problems;
  return problem === undefined ? undefined : { rule: problem.rule, line: problem.line };
}

describe('what renderers print', () => {
  it('reads the documents of helm, empty ones and comments left out, with their lines', () => {
    const parsed = parseManifests([fileOf(helmOutput)]);
    expect(parsed.problems).toEqual([]);
    const objects = parsed.files[0]?.objects ?? [];
    expect(objects.map(({ tree, map, line }) => `${tree.text(tree.at(map, 'kind'))}:${line}`)).toEqual([
      'ServiceAccount:3',
      'ConfigMap:13',
      'Deployment:37',
    ]);
  });

  it('keeps scalars as YAML means them', () => {
    const [, config] = objectsIn([fileOf(helmOutput)]);
    expect(config).toMatchObject({
      data: {
        'app.properties': '# not a comment\na=1\n---\nb: [2',
        folded: 'a long line that was folded by somebody,\nwith a gap\n',
        long: 'a very long string that goes on and on over several lines',
      },
    });
  });

  it('reads what kustomize prints, with CRLF and without a last line end as well', () => {
    const expected = objectsIn([fileOf(kustomizeOutput)]);
    expect(objectsIn([fileOf(kustomizeOutput.replaceAll('\n', '\r\n'))])).toEqual(expected);
    expect(objectsIn([fileOf(kustomizeOutput.trimEnd())])).toEqual(expected);
  });

  it('reads JSON', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };
    expect(objectsIn([fileOf(JSON.stringify(pod, undefined, '\t').replaceAll('\t', '  '))])).toEqual([pod]);
  });

  it('accepts a byte order mark of UTF-8 at the beginning, which Flux reads too', () => {
    expect(objectsIn([fileOf('\ufeffkind: A\n')])).toEqual([{ kind: 'A' }]);
  });

  it('takes apart every kind that ends in List, also within another, as kustomize does', () => {
    const list = '{kind: FooList, items: [{kind: A}, {kind: List, items: [{kind: B}]}, {kind: EmptyList, items: }]}';
    expect(objectsIn([fileOf(list)])).toEqual([{ kind: 'A' }, { kind: 'B' }]);
    expect(objectsIn([fileOf('kind: AllowList\nspec: {}\n')])).toEqual([{ kind: 'AllowList', spec: {} }]);
  });

  it('follows aliases and merge keys in the order of the text', () => {
    const text = 'a: &x {p: 1, q: 2}\nb: {<<: *x, q: 3}\nc: &x [4]\nd: *x\n';
    expect(objectsIn([fileOf(text)])).toEqual([{ a: { p: 1, q: 2 }, b: { p: 1, q: 3 }, c: [4], d: [4] }]);
  });

  it('knows every escape, and separators with a comment', () => {
    const text = String.raw`a: "\0\a\b\t\n\v\f\r\e\ \"\/\\\N\_\L\P\x41\u0042\U00000043\\q"`;
    expect(objectsIn([fileOf(`--- # one\n${text}\n---\t\n---   # two\nb: c\n`)])).toEqual([
      { a: '\0\u0007\b\t\n\v\f\r\u001b "/\\\u0085\u00a0\u2028\u2029ABC\\q' },
      { b: 'c' },
    ]);
  });

  it('does not look into files that Flux does not read', () => {
    const parsed = parseManifests([fileOf('{{', 'notes.txt'), fileOf('{{', 'a.YAML')]);
    expect(parsed.problems).toEqual([]);
    expect(parsed.files.map((file) => file.isManifest)).toEqual([false, false]);
  });
});

/** A5 of the attack catalogue, and what two readers of YAML see differently. Each line: what, input, rule, line. */
const hostile: readonly (readonly [string, string | Uint8Array, string, number])[] = [
  ['an alias bomb', aliasBomb(), 'alias', 1],
  ['a bomb of merge keys', mergeBomb(), 'alias', 1],
  ['2,000 aliases', `a: &a x\nb: [${'*a, '.repeat(2000)}]\n`, 'alias', 2],
  ['2,000 anchors', Array.from({ length: 2000 }, (_, at) => `- &a${at} x\n`).join(''), 'alias', 1001],
  ['an alias of what it stands in', 'a: &a\n  b: *a\n', 'alias', 2],
  ['an alias without an anchor', 'a: b\nc: *d\n', 'alias', 2],
  ['an anchor at a key, which would move what an alias means', 'x: &a shop\n&a other: 1\nnamespace: *a\n', 'alias', 2],
  ['a merge of no mapping', 'a: &a [x]\nb:\n  <<: *a\n', 'alias', 3],
  ['100,000 open brackets', `a: ${'['.repeat(100_000)}`, 'nesting', 1],
  ['100,000 brackets', `a: ${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'nesting', 1],
  ['a million sequences on one line', '- '.repeat(1_000_000), 'nesting', 1],
  [
    'mappings indented 1,800 deep',
    Array.from({ length: 1800 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
    'nesting',
    402,
  ],
  [
    'mappings indented 300 deep',
    Array.from({ length: 300 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
    'nesting',
    202,
  ],
  ['a million documents', '---\n'.repeat(500_000), 'documents', 1001],
  ['a document per line', 'a: b\n---\n'.repeat(200_000), 'documents', 2002],
  ['a file that is too large', 'a: b\n'.repeat(500_000), 'file-size', 1],
  ['a file of too many words', 'a:\n'.repeat(200_000), 'file-size', 62_500],
  ['a huge plain scalar', `b: c\na: ${'x'.repeat(1_500_000)}`, 'scalar-size', 2],
  ['a huge quoted scalar', `a: "${'x'.repeat(1_500_000)}"`, 'scalar-size', 1],
  ['half a million commas', `a: [${','.repeat(500_000)}]`, 'yaml', 1],
  ['a million closing braces', `{${'}'.repeat(1_000_000)}`, 'yaml', 1],
  ['a duplicate key', 'a: 1\nb: 2\n"a": 3\n', 'duplicate-key', 3],
  ['two merge keys', 'a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n', 'duplicate-key', 4],
  ['a merge key in quotes', 'a: &a {x: 1}\nb:\n  "<<": *a\n', 'key', 3],
  ['a function as a tag', 'a: b\nc: !!js/function "x"\n', 'tag', 2],
  ['an unknown tag', 'a: !x y\n', 'tag', 1],
  ['a kind in base64', 'kind: !!binary Q2x1c3RlclJvbGU=\n', 'tag', 1],
  ['the tag that means none', 'a: ! b\n', 'tag', 1],
  ['a number as key', 'a: b\n8080: c\n', 'key', 2],
  ['a mapping as key', '? {a: b}\n: c\n', 'key', 1],
  ['an empty key', ': c\n', 'key', 1],
  ['__proto__', 'a:\n  __proto__: {b: c}\n', 'key', 2],
  ['constructor', '"constructor": {prototype: {b: c}}\n', 'key', 1],
  ['not a number', 'a: .nan\n', 'number', 1],
  ['infinity', 'a:\n  - -.inf\n', 'number', 2],
  ['a number that overflows', 'a: 1e999\n', 'number', 1],
  ['a tab as indentation', 'a:\n\tb: c\n', 'yaml', 2],
  ['a byte order mark in the middle', 'a: b\n---\n\ufeffc: d\n', 'character', 3],
  ['UTF-16 with a mark', bytes(0xff, 0xfe, 0x61, 0x00), 'encoding', 1],
  ['UTF-16 of the other order', bytes(0xfe, 0xff, 0x00, 0x61), 'encoding', 1],
  ['UTF-16 without a mark', bytes(0x61, 0x00, 0x3a, 0x00), 'character', 1],
  ['bytes that are no UTF-8', bytes(0x61, 0x3a, 0x20, 0xff), 'encoding', 1],
  ['an overlong encoding', bytes(0x61, 0x3a, 0x20, 0xc0, 0xaf), 'encoding', 1],
  ['a NUL', 'a: b\nc: "\0"\n', 'character', 2],
  ['a comment that ends for Go only, LS', 'a: b # \u2028kind: ClusterRole\n', 'character', 1],
  ['a comment that ends for Go only, NEL', 'a: b # \u0085kind: ClusterRole\n', 'character', 1],
  ['a comment that ends for Go only, CR', 'a: b # \rkind: ClusterRole\n', 'character', 1],
  ['a directive', '%YAML 1.1\n---\na: b\n', 'directive', 1],
  ['a document beside its separator', 'a: b\n--- {kind: ClusterRole}\n', 'separator', 2],
  ['a key that Flux takes for a separator', 'a: b\n---#x: y\nkind: c\n', 'separator', 2],
  ['a separator in a quoted text', 'a: "b\n---\nkind: c"\n', 'yaml', 1],
  ['a certificate at the edge of a quoted text', 'a: "\n-----BEGIN CERTIFICATE-----"\n', 'yaml', 1],
  ['half a million wrong escapes', `a: "${String.raw`\q`.repeat(500_000)}"`, 'yaml', 1],
  ['a document that Flux would drop', 'a: b\n...\nc: d\n', 'separator', 3],
  ['text', 'just words\n', 'not-an-object', 1],
  ['a sequence', '- a: b\n', 'not-an-object', 1],
  ['a list whose items are none', 'kind: List\nitems: {a: b}\n', 'not-an-object', 1],
  ['a list with text in it', 'kind: List\nitems:\n  - a\n', 'not-an-object', 3],
];

function aliasBomb(): string {
  const names = 'abcdefghij'.split('');
  const lines = names.map((name, at) => `${name}: &${name} [${`${at === 0 ? 'x' : `*${names[at - 1]}`}, `.repeat(9)}]`);
  return `${lines.join('\n')}\n`;
}

function mergeBomb(): string {
  const lines = Array.from({ length: 40 }, (_, at) => `m${at + 1}: &m${at + 1} {a: {<<: *m${at}}, b: {<<: *m${at}}}\n`);
  return `m0: &m0 {x: y}\n${lines.join('')}`;
}

describe('hostile YAML (A5)', () => {
  it.each(hostile)('refuses %s', (_name, content, rule, line) => {
    expect(firstProblem(content)).toEqual({ rule: `manifest.${rule}`, line });
  });

  it('says nothing of the value that it stumbled over', () => {
    const problems = parseManifests([fileOf('kind: Secret\nstringData:\n  a: "x" hunter2\n\tb: hunter2\n')]).problems;
    expect(problems).not.toEqual([]);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it('lists no object of a document with a problem', () => {
    const [file] = parseManifests([fileOf('kind: A\nkind: B\n')]).files;
    expect(file?.objects).toEqual([]);
  });

  it('ends with one problem when there are too many files, bytes or objects', () => {
    const many = Array.from({ length: manifestLimits.files + 1 }, (_, at) => fileOf('', `${at}.yaml`));
    expect(parseManifests(many).problems.map((problem) => problem.rule)).toEqual(['manifest.environment-size']);
    const large = Array.from({ length: 9 }, (_, at) => ({ path: `${at}.yaml`, content: new Uint8Array(2 ** 21) }));
    expect(parseManifests(large).problems.map((problem) => problem.rule)).toEqual(['manifest.environment-size']);
    const list = fileOf(`kind: List\nitems: [${'{kind: A},'.repeat(5001)}]\n`);
    expect(parseManifests([list]).problems.map((problem) => problem.rule)).toEqual(['manifest.environment-size']);
  });

  it('leaves every object of JavaScript as it was', () => {
    parseManifests([fileOf('__proto__: {polluted: yes}\nconstructor: {prototype: {polluted: yes}}\n')]);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});
