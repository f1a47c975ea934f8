import type { TreeReader } from '@release-manager/git';
import { silentLogger, type Logger } from '@release-manager/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { createFolderIndex, type FolderIndex } from './folder-index.ts';

let room: ReleaseRoom;
let index: FolderIndex;
const told: string[] = [];
beforeAll(async () => {
  room = await openReleaseRoom();
  index = openIndex();
});
afterAll(() => room.close());

/** An index that knows nothing yet, as that of a process that has just started. */
function openIndex(): FolderIndex {
  const warn = (message: string, fields?: Record<string, unknown>): void => {
    if (message.includes('cannot be read')) told.push(`${String(fields?.['service'])} ${String(fields?.['file'])}`);
  };
  const logger: Logger = { ...silentLogger, warn };
  return createFolderIndex({ ...room.deps, mirror: room.repo.mirror, branch: 'main', logger });
}

async function push(files: Readonly<Record<string, string | undefined>>, into = index): Promise<readonly string[]> {
  await room.personPushes(files);
  return sync(into);
}

async function sync(into = index): Promise<readonly string[]> {
  const snapshot = await room.repo.refresh();
  const tip = room.repo.mirror.tip();
  if (tip === undefined) throw new Error('the branch is gone');
  return (await into.sync(tip, room.repo.mirror.tree(tip), snapshot)).map(({ service }) => service);
}

async function owned(service: string): Promise<string[]> {
  const rows = await room.database
    .db<{ service: string; kind: string; namespace: string; name: string }>('owned_objects')
    .where({ service })
    .orderBy('kind')
    .orderBy('name');
  return rows.map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`);
}

const config = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\n`;
const clusterRole = `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: { name: reader }\nrules: []\n`;
const helmRelease = `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: chart }\n`;
const huge = 'x'.repeat(11 * 1024 * 1024);
const inShop = (service: string, file: string): string => `dev/releases/shop/${service}/${file}`;

async function releases(service: string): Promise<string> {
  const artifact = await room.artifact({ service, text: service });
  const request = { service, environments: ['dev'], what: { artifact: artifact.id } };
  const { outcomes } = await room.service.request(ada, request);
  await room.write();
  return (await room.release(outcomes[0]?.release?.id ?? '')).state;
}

test('what a folder owns does not depend on what may be released: not after an edit, not after the memory is lost', async () => {
  const all = ['ClusterRole /reader', 'ConfigMap shop/config', 'HelmRelease shop/chart'];
  await push({ [inShop('roles', 'all.yaml')]: [clusterRole, config('config'), helmRelease].join('---\n') });
  expect(await owned('roles')).toEqual(all);
  await push({ [inShop('roles', 'note.txt')]: 'by hand' });
  expect(await owned('roles')).toEqual(all);

  for (const table of ['owned_objects', 'owned_folders', 'config_repo_tip']) await room.database.db(table).delete();
  await sync(openIndex());
  expect(await owned('roles')).toEqual(all);
});

test('one huge file stops neither the index nor the release of another service', async () => {
  await push({ [inShop('big', 'config.yaml')]: config('kept'), [inShop('big', 'blob.bin')]: huge });
  expect(await owned('big')).toEqual(['ConfigMap shop/kept']);
  expect(told.splice(0)).toEqual([]);

  await push({ [inShop('big', 'config.yaml')]: huge });
  expect(await owned('big')).toEqual(['ConfigMap shop/kept']);
  expect(told.splice(0)).toEqual(['big config.yaml']);
  expect(await releases('neighbour')).toBe('committed');
  await sync();
  expect(told.splice(0)).toEqual([]);
});

test('a huge policy file stops its own service, with the file named', async () => {
  await room.personPushes({ 'policies/large.yaml': huge });
  const { problems } = await room.repo.refresh();
  expect(problems).toMatchObject([{ file: 'policies/large.yaml', scope: { kind: 'service', service: 'large' } }]);
  expect(await releases('other')).toBe('committed');
  await room.personPushes({ 'policies/large.yaml': undefined });
});

test('a folder that cannot be parsed keeps what it owned until it can', async () => {
  await push({ [inShop('broken', 'a.yaml')]: config('first'), [inShop('broken', 'b.yaml')]: config('second') });
  await push({ [inShop('broken', 'b.yaml')]: 'a: [\n', [inShop('broken', 'c.yaml')]: config('third') });
  expect(await owned('broken')).toEqual(['ConfigMap shop/first', 'ConfigMap shop/second', 'ConfigMap shop/third']);
  expect(told.splice(0)).toEqual(['broken b.yaml']);

  await push({ [inShop('broken', 'b.yaml')]: undefined });
  expect(await owned('broken')).toEqual(['ConfigMap shop/first', 'ConfigMap shop/third']);
});

test('whatever a person commits, the index takes it in', async () => {
  const strange = {
    [inShop('strange', 'release.json')]:
      String.raw`{"releaseId":"a\u0000b","artifactId":"\ud800","intent":"artifact","actor":"x","time":"2026-01-01T00:00:00Z"}`,
    [inShop('strange', 'nul.yaml')]: config(String.raw`"a\0b"`),
    [inShop('strange', 'good.yaml')]: config('good'),
    'dev/releases/Shop_X/evil/a.yaml': config('evil'),
    'dev/releases/shop/Evil Service/a.yaml': config('evil'),
    'dev/releases/loose.yaml': config('loose'),
  };
  expect(await push(strange)).toEqual(['strange']);
  expect(await owned('strange')).toEqual(['ConfigMap shop/good']);
  const folders = await room.database.db('owned_folders').where({ service: 'strange' });
  expect(folders).toMatchObject([{ release_id: null, artifact_id: null }]);
});

test('a second folder of a service, come and gone, leaves the first one what it owns', async () => {
  await push({ [inShop('twice', 'a.yaml')]: `${config('one')}---\n${clusterRole.replace('reader', 'twice')}` });
  await push({ 'dev/releases/aside/twice/a.yaml': config('two') });
  expect(await owned('twice')).toEqual(['ClusterRole /twice', 'ConfigMap shop/one', 'ConfigMap aside/two']);
  await push({ 'dev/releases/aside/twice/a.yaml': undefined });
  expect(await owned('twice')).toEqual(['ClusterRole /twice', 'ConfigMap shop/one']);
});

test('a main file that cannot be read for a while makes nothing homeless', async () => {
  await push({ [inShop('steady', 'a.yaml')]: config('steady') });
  const main = await room.git('show', 'main:release-manager.yaml');
  expect(await push({ 'release-manager.yaml': 'environments: [\n' })).toEqual([]);
  expect(await owned('steady')).toEqual(['ConfigMap shop/steady']);
  expect(await push({ 'release-manager.yaml': main.replace('  - { name: dev }\n', '') })).toContain('steady');
  expect(await owned('steady')).toEqual([]);
  await push({ 'release-manager.yaml': main });
  expect(await owned('steady')).toEqual(['ConfigMap shop/steady']);
});

test('our own push costs the next sync nothing, and only when it stands on what is indexed', async () => {
  const nothing = new Proxy({} as TreeReader, {
    get: () => () => Promise.reject(new Error('the tree was read')),
  });
  await sync();
  const snapshot = room.repo.snapshot();
  const base = room.repo.mirror.tip();
  await room.personPushes({ 'notes.md': 'as if by our own push' });
  const tip = await room.repo.mirror.fetch();
  if (base === undefined || tip === undefined) throw new Error('the branch is gone');

  await openIndex().landed(base, tip);
  await index.landed(tip, tip);
  await expect(index.sync(tip, nothing, snapshot)).rejects.toThrow('the tree was read');
  await index.landed(base, tip);
  expect(await index.sync(tip, nothing, snapshot)).toEqual([]);
  expect(await room.database.db('config_repo_tip').pluck('commit_sha')).toEqual([tip]);
});

test('a look that is interrupted changes nothing, and the next one does all of it', async () => {
  const names = Array.from({ length: 120 }, (_, number) => `cut-${number}`);
  await room.personPushes(Object.fromEntries(names.map((name) => [inShop(name, 'config.yaml'), config(name)])));
  const snapshot = await room.repo.refresh();
  const tip = room.repo.mirror.tip();
  if (tip === undefined) throw new Error('the branch is gone');
  const tree = room.repo.mirror.tree(tip);
  const stopping = new AbortController();
  let listed = 0;
  const files: TreeReader['files'] = (path) => {
    listed += 1;
    if (listed === 60) stopping.abort(new Error('the manager stops'));
    return tree.files(path);
  };
  await expect(openIndex().sync(tip, { ...tree, files }, snapshot, stopping.signal)).rejects.toThrow(
    'the manager stops',
  );
  expect(listed).toBeLessThan(names.length);
  expect(await owned('cut-0')).toEqual([]);
  expect((await sync()).filter((service) => service.startsWith('cut-'))).toHaveLength(names.length);
  expect(await owned('cut-119')).toEqual(['ConfigMap shop/cut-119']);
});
