import { describe, expect, it } from 'vitest';

import { diffManifests, renderDiff } from './manifest-diff.ts';
import { fileOf, helmOutput, kustomizeOutput } from './manifest-fixtures.ts';
import { stampManifests } from './stamp.ts';

const stamp = { service: 'web', owner: 'checkout', artifactId: 'main-1', releaseId: 'rel_1' };
const maskKey = new Uint8Array(32);
const secret = (data: string): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n${data}`;

function diff(before: string, after: string): string {
  return renderDiff(diffManifests([fileOf(before)], [fileOf(after)], { maskKey }));
}

describe('what differs between two renderings', () => {
  it('is nothing when only the stamp, the order, the style or the file differs', () => {
    const files = [fileOf(helmOutput), fileOf(kustomizeOutput, 'b.yaml')];
    expect(diffManifests(files, stampManifests(files, stamp))).toEqual([]);
    expect(diffManifests(stampManifests(files, stamp), [fileOf(`${kustomizeOutput}---\n${helmOutput}`)])).toEqual([]);
    expect(
      diff('kind: A\nmetadata: {name: a}\nx: [1]\n', '{"x":[1],"metadata":{"labels":{},"name":"a"},"kind":"A"}'),
    ).toBe('No object differs.\n');
  });

  it('is told object by object, the removed ones last', () => {
    const before = [fileOf('kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b}\nx: 1\n')];
    const after = [
      fileOf('kind: C\nmetadata: {name: c}\n---\nkind: B\nmetadata: {name: b, namespace: shop}\nx: 2\n', 'new.yaml'),
    ];
    const diffs = diffManifests(before, after);
    expect(diffs.map(({ change, kind, file, added, removed }) => ({ change, kind, file, added, removed }))).toEqual([
      { change: 'added', kind: 'C', file: 'new.yaml', added: 3, removed: 0 },
      { change: 'changed', kind: 'B', file: 'new.yaml', added: 2, removed: 1 },
      { change: 'removed', kind: 'A', file: 'app.yaml', added: 0, removed: 3 },
    ]);
    expect(renderDiff(diffs.slice(1, 2))).toBe(
      'changed B shop/b (new.yaml), +2 -1\n@@ -1,4 +1,5 @@\n kind: B\n metadata:\n   name: b\n-x: 1\n+  namespace: shop\n+x: 2\n',
    );
  });

  it('shows texts of many lines line by line', () => {
    const config = (text: string): string => `kind: ConfigMap\nmetadata: {name: a}\ndata:\n  f: |\n${text}`;
    expect(diff(config('    a\n    ---\n    c\n'), config('    a\n    b\n    c\n'))).toContain(
      '   f: |\n     a\n-    ---\n+    b\n     c\n',
    );
  });

  it('tells a number from the same digits in quotes', () => {
    expect(diff('kind: A\nmetadata: {name: a}\nx: 1\n', 'kind: A\nmetadata: {name: a}\nx: "1"\n')).toContain(
      '-x: 1\n+x: "1"',
    );
  });

  it('cuts what is long and says so', () => {
    const items = Array.from({ length: 1000 }, (_, at) => `  - a${at}\n`).join('');
    const [one] = diffManifests([], [fileOf(`kind: A\nmetadata: {name: a}\nx:\n${items}`)]);
    expect(one).toMatchObject({ added: 1004, isCut: true });
    expect(one?.text.split('\n')).toHaveLength(401);
    const many = Array.from({ length: 20 }, (_, at) =>
      fileOf(`kind: A\nmetadata: {name: a${at}}\nx:\n${items}`, `${at}.yaml`),
    );
    const diffs = diffManifests([], many);
    expect(diffs).toHaveLength(20);
    expect(renderDiff(diffs).length).toBeLessThan(100_000);
  });

  it('says of a file that cannot be read only that', () => {
    const diffs = diffManifests([fileOf('a: b\n a: "hunter2\n')], [fileOf('kind: A\nmetadata: {name: a}\n')]);
    expect(diffs.map((one) => one.change)).toEqual(['removed', 'added']);
    expect(diffs[0]?.text).toContain('The old app.yaml cannot be compared, line ');
    expect(renderDiff(diffs)).not.toContain('hunter2');
  });

  it('shows nothing that acts on a terminal (O3)', () => {
    const text = diff(
      '',
      'kind: "\\e]8;;A"\nmetadata: {name: "\\e[31m"}\ndata: {x: "\\e[2J\\n\\u202e", "\\u009b": y}\n',
    );
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

describe('secrets in differences (O4)', () => {
  const canary = 'hunter2-canary';
  const base64 = Buffer.from(canary).toString('base64');

  it.each([
    ['data', secret(`data: {a: ${base64}}\n`)],
    ['stringData', secret(`stringData: {a: ${canary}}\n`)],
    ['data that is no mapping', secret(`data: ${base64}\n`)],
    ['nested data', secret(`stringData: {a: [${canary}]}\n`)],
    ['a Secret in a list', `kind: List\nitems:\n- ${secret(`stringData: {a: ${canary}}\n`).replaceAll('\n', '\n  ')}`],
    [
      'data by an alias',
      `x: &d {a: &v ${base64}}\n${secret('data: *d\n')}`.replace('x: &d', 'data: &d').replace('data: *d\n', ''),
    ],
    [
      'what kubectl applied last',
      `kind: A\nmetadata: {name: a, annotations: {kubectl.kubernetes.io/last-applied-configuration: '{"data":"${base64}"}'}}\n`,
    ],
    ['a variable named like a secret', `kind: A\nspec: {env: [{name: DB_PASSWORD, value: ${canary}}]}\n`],
    ['a password in a URL', `kind: A\nspec: {url: "postgres://app:${canary}@db:5432/x"}\n`],
    [
      'a private key',
      `kind: A\ndata:\n  key: |\n    -----BEGIN RSA PRIVATE KEY-----\n    ${base64}\n    -----END RSA PRIVATE KEY-----\n`,
    ],
  ])('masks %s', (_name, text) => {
    for (const shown of [
      diff('', text),
      diff(text, ''),
      diff(text, `${text}---\nkind: B\n`),
      diff(text, text.replaceAll(/$/gm, ' ')),
    ]) {
      expect(shown).not.toContain(canary);
      expect(shown).not.toContain(base64);
    }
    expect(diff('', text)).toContain('(masked, hmac ');
  });

  it('shows that a value changed, and that data and stringData say the same', () => {
    expect(diff(secret('data: {a: aGk=, b: aGk=}\n'), secret('data: {a: aG8=, b: aGk=}\n'))).toMatch(
      /^-  a: "\(masked, hmac ([0-9a-f]{8})\)"\n\+  a: "\(masked, hmac (?!\1)[0-9a-f]{8}\)"\n {3}b: "\(masked, hmac \1\)"$/m,
    );
    const tags = (text: string): string[] => diff('', text).match(/hmac [0-9a-f]{8}/g) ?? [];
    expect(tags(secret('data: {a: aGk=}\n'))).toEqual(tags(secret('stringData: {a: hi}\n')));
  });

  it('takes another key for the tags each time, so that nobody can try values', () => {
    const once = (): string => renderDiff(diffManifests([], [fileOf(secret('data: {a: aGk=}\n'))]));
    expect(once()).not.toBe(once());
  });

  it('leaves what SOPS encrypted, and only that', () => {
    const value = 'ENC[AES256_GCM,data:aa==,iv:bb==,tag:cc==,type:str]';
    expect(diff('', secret(`stringData: {a: "${value}"}\n`))).toContain(value);
    expect(diff('', secret(`stringData: {a: "${value} ${canary}"}\n`))).not.toContain(canary);
    expect(diff('', secret(`stringData: {a: "ENC[${canary}]"}\n`))).not.toContain(canary);
  });
});
