import { expect, test } from 'vitest';

import { listObjects } from './folder-objects.ts';
import { fileOf } from './manifest-fixtures.ts';
import { manifestLimits } from './manifest-limits.ts';
import { parseManifests } from './manifest-parser.ts';

let pauses = 0;
const breathe = () => Promise.resolve(void (pauses += 1));
const list = (...files: ReturnType<typeof fileOf>[]) => listObjects(files, { namespace: 'shop', breathe });
const object = (apiVersion: string, kind: string, name: string): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${name} }\n`;

test('everything with a name is listed, also what nobody may release', async () => {
  const text = [
    object('v1', 'ConfigMap', 'config'),
    object('rbac.authorization.k8s.io/v1', 'ClusterRole', 'system:reader'),
    object('helm.toolkit.fluxcd.io/v2', 'HelmRelease', 'chart'),
    object('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', 'other'),
    'apiVersion: v1\nkind: Secret\nmetadata: { name: elsewhere, namespace: other }\n',
  ].join('---\n');

  const { objects, problem } = await list(fileOf(text, 'deep/all.yml'));

  expect(problem).toBeUndefined();
  expect(objects.map(({ kind, namespace, name }) => [kind, namespace, name])).toEqual([
    ['ConfigMap', 'shop', 'config'],
    ['ClusterRole', '', 'system:reader'],
    ['HelmRelease', 'shop', 'chart'],
    ['Kustomization', 'shop', 'other'],
    ['Secret', 'shop', 'elsewhere'],
  ]);
  expect(objects[1]).toEqual({
    apiGroup: 'rbac.authorization.k8s.io',
    kind: 'ClusterRole',
    namespace: '',
    name: 'system:reader',
    file: 'deep/all.yml',
  });
});

test('what no cluster could take for a name is not listed: it would not fit into a database either', async () => {
  const names = [String.raw`"a\0b"`, String.raw`"\ud800"`, '"UPPER"', '12', '""', '[a]', String.raw`"a\nb"`];
  const { objects } = await list(fileOf(names.map((name) => object('v1', 'ConfigMap', name)).join('---\n')));
  expect(objects).toEqual([]);
  const generated = 'apiVersion: v1\nkind: Pod\nmetadata: { generateName: a- }\n';
  expect((await list(fileOf(generated))).objects).toEqual([]);
});

test('an object that stands twice is listed once, and other files than manifests are not looked at', async () => {
  const text = object('v1', 'ConfigMap', 'config');
  const { objects } = await list(fileOf(text, 'a.yaml'), fileOf(text, 'b.yaml'), fileOf(text, 'notes.txt'));
  expect(objects.map(({ file }) => file)).toEqual(['a.yaml']);
});

test('what cannot be read is said, and what can be named beside it is listed', async () => {
  const { objects, problem } = await list(
    fileOf(object('v1', 'ConfigMap', 'config'), 'a.yaml'),
    fileOf('a: [\n', 'broken.yaml'),
    fileOf(object('v1', 'ConfigMap', 'second'), 'c.yaml'),
  );
  expect(objects.map(({ name }) => name)).toEqual(['config', 'second']);
  expect(problem).toMatchObject({ file: 'broken.yaml', line: expect.any(Number) as number });
});

test('files that are cheap to write and dear to hold end at the limit of nodes, for every reader', async () => {
  const nested = `${object('v1', 'ConfigMap', 'n')}data: [${'[],'.repeat(300)}]\n`;
  const files = Array.from({ length: 60 }, (_, index) => fileOf(nested, `${index}.yaml`));

  pauses = 0;
  expect((await listObjects(files, { namespace: 'shop', breathe, mostNodes: 1_000 })).problem).toMatchObject({
    rule: 'manifest.environment-size',
  });
  expect(pauses).toBe(3);
  expect(parseManifests(files, 1_000)).toMatchObject({ files: [], problems: [{ rule: 'manifest.environment-size' }] });
});

test('a folder with too many files is not looked into', async () => {
  const files = Array.from({ length: manifestLimits.files + 1 }, (_, index) => fileOf('', `${index}.yaml`));
  expect(
    await listObjects(files, { namespace: 'shop', breathe: () => Promise.reject(new Error('parsed')) }),
  ).toMatchObject({ objects: [], problem: { rule: 'manifest.environment-size' } });
});
