import { expect, test } from 'vitest';

import { FolderStore, objectKey } from '../../config-repo/index.ts';
import { BatchOwnership } from './batch-ownership.ts';

const object = (name: string) => ({ apiGroup: '', kind: 'ConfigMap', namespace: 'shop', name, file: 'a.yaml' });

/** An index in which `web` owns the object `shared`. */
async function ownership(): Promise<BatchOwnership> {
  const index = Object.create(FolderStore.prototype) as FolderStore;
  Object.assign(index, { ownersOf: () => Promise.resolve(new Map([[objectKey('dev', object('shared')), 'web']])) });
  return BatchOwnership.read(index, []);
}

test('what the index gives to another service is a conflict, one’s own is not', async () => {
  const batch = await ownership();

  expect(batch.conflicts('dev', 'api', [object('shared')])).toEqual([{ object: object('shared'), owner: 'web' }]);
  expect(batch.conflicts('dev', 'web', [object('shared')])).toEqual([]);
  expect(batch.conflicts('prod', 'api', [object('shared')])).toEqual([]);
});

test('what a release of this batch gave up is free for the next, and what it added is taken', async () => {
  const batch = await ownership();
  batch.claim('dev', 'web', [object('other')]);

  expect(batch.conflicts('dev', 'api', [object('shared')])).toEqual([]);
  expect(batch.conflicts('dev', 'api', [object('other')])).toMatchObject([{ owner: 'web' }]);

  batch.claim('dev', 'web', []);
  expect(batch.conflicts('dev', 'api', [object('other')])).toEqual([]);
});
