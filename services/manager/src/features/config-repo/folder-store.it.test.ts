import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeEach, beforeAll, expect, test } from 'vitest';

import { FolderStore, objectKey, type OwnedFolder, type OwnedObject } from './folder-store.ts';

let opened: TestDatabase;
let store: FolderStore;
beforeAll(async () => {
  opened = await testDatabase();
  store = new FolderStore(opened.database.db);
});
beforeEach(async () => {
  await opened.database.db('owned_objects').delete();
  await opened.database.db('owned_folders').delete();
});
afterAll(() => opened.drop());

const at = new Date('2026-03-04T05:06:07Z');
const folder = (service: string, namespace = 'shop'): OwnedFolder => ({
  environment: 'dev',
  namespace,
  service,
  treeOid: 'a'.repeat(40),
});
const config = (name: string, namespace = 'shop'): OwnedObject => ({
  apiGroup: '',
  kind: 'ConfigMap',
  namespace,
  name,
  file: 'a.yaml',
});
const role: OwnedObject = {
  apiGroup: 'rbac.authorization.k8s.io',
  kind: 'ClusterRole',
  namespace: '',
  name: 'reader',
  file: 'r.yaml',
};

async function owner(object: OwnedObject): Promise<string | undefined> {
  return (await store.ownersOf([{ ...object, environment: 'dev' }])).get(objectKey('dev', object));
}

test('a second folder of a service takes nothing from the first, and leaves nothing behind when it goes', async () => {
  await store.apply([{ folder: folder('web', 'old'), objects: [config('web', 'old'), role] }], at);
  await store.apply([{ folder: folder('web', 'new'), objects: [config('web', 'new'), role] }], at);
  expect([await owner(config('web', 'old')), await owner(config('web', 'new')), await owner(role)]).toEqual([
    'web',
    'web',
    'web',
  ]);

  await store.apply([{ folder: folder('web', 'old'), objects: undefined }], at);
  expect(await owner(config('web', 'old'))).toBeUndefined();
  expect([await owner(config('web', 'new')), await owner(role)]).toEqual(['web', 'web']);

  await store.apply([{ folder: folder('web', 'new'), objects: undefined }], at);
  expect(await owner(role)).toBeUndefined();
});

test('an object has one owner, the first, within a call and between calls', async () => {
  await store.apply(
    [
      { folder: folder('web'), objects: [config('shared'), config('shared')] },
      { folder: folder('api'), objects: [config('shared'), role] },
    ],
    at,
  );
  await store.apply([{ folder: folder('job', 'other'), objects: [role] }], at);
  expect([await owner(config('shared')), await owner(role)]).toEqual(['web', 'api']);
});

test('an object passes from one service to another within one call', async () => {
  await store.apply([{ folder: folder('web'), objects: [config('shared')] }], at);
  await store.apply(
    [
      { folder: folder('api'), objects: [config('shared')] },
      { folder: folder('web'), objects: [] },
    ],
    at,
  );
  expect(await owner(config('shared'))).toBe('api');
});

test('a folder that could not be read whole keeps what is known of it', async () => {
  await store.apply([{ folder: folder('web'), objects: [config('known'), role] }], at);
  await store.apply([{ folder: folder('web'), objects: [config('seen')], isPartial: true }], at);
  expect([await owner(config('known')), await owner(config('seen')), await owner(role)]).toEqual(['web', 'web', 'web']);

  await store.apply([{ folder: folder('web'), objects: [config('seen')] }], at);
  expect([await owner(config('known')), await owner(config('seen'))]).toEqual([undefined, 'web']);
});

test('rows of an older program, which knew no folders, go with any folder of their service', async () => {
  await opened.database.db('owned_objects').insert({
    environment: 'dev',
    api_group: '',
    kind: 'ConfigMap',
    namespace: 'shop',
    name: 'stale',
    service: 'web',
    file: 'a.yaml',
  });
  await store.apply([{ folder: folder('web'), objects: [] }], at);
  expect(await owner(config('stale'))).toBeUndefined();
});
