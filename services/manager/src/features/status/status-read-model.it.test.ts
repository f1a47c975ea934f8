import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { ServiceRecords } from '../services/index.ts';
import { readStatus } from './status-read-model.ts';

let opened: TestDatabase;

beforeEach(async () => {
  opened = await testDatabase();
});
afterEach(() => opened.drop());

const actor = `'{"kind":"admin"}'::jsonb`;

async function put(id: string, service: string, spec: string): Promise<void> {
  const { db } = opened.database;
  const environments = `{"dev":{"state":"ready","files":1,"problems":[],"warnings":[],"objects":[{"name":"declared-object"}]}}`;
  await db.raw(`insert into services (name, namespaces, registered_by, registered_at, updated_at)
    values ('${service}', '{"default":"shop"}', ${actor}, now(), now())`);
  await db.raw(`insert into artifacts (id, service, branch, sha, state, spec, zip_sha256, zip_size, environments,
      registered_by, registered_at, verified_at, updated_at)
    values ('${id}', '${service}', 'main', repeat('0', 40), 'ready', '${spec}', repeat('0', 64), 1, '${environments}',
      ${actor}, now(), now(), now())`);
  await db.raw(`insert into owned_folders (environment, namespace, service, tree_oid, artifact_id, indexed_at)
    values ('dev', 'shop', '${service}', repeat('0', 40), '${id}', now())`);
}

test('shows branch and first line of what is where, and reads none of the objects that artifacts declare', async () => {
  await put('main-0123456789-aaaaaaaaaa', 'web', '{"source":{"message":"cart: totals\\n\\nthe long story"}}');
  await put('main-0123456789-bbbbbbbbbb', 'api', '{"source":{}}');
  const { db } = opened.database;
  const read: unknown[] = [];
  const services = await new ServiceRecords(db).list(10);
  db.on('query-response', (rows: unknown) => read.push(rows));
  const status = await readStatus(db, services, ['dev'], new Date());
  expect(status.map(({ service, environments }) => [service, environments[0]?.current])).toEqual([
    ['api', { artifact: 'main-0123456789-bbbbbbbbbb', branch: 'main' }],
    ['web', { artifact: 'main-0123456789-aaaaaaaaaa', branch: 'main', message: 'cart: totals' }],
  ]);
  expect(JSON.stringify(read)).toContain('main-0123456789-aaaaaaaaaa');
  expect(JSON.stringify(read)).not.toMatch(/declared-object|the long story/);
});
