import { parseConfig } from '@release-manager/config-repo';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { checkDaemons } from './check-daemons.ts';
import { daemonFacts } from './facts.testing.ts';
import { takeBatch } from './intake/take-batch.ts';

let opened: TestDatabase;
const at = (seconds: number): Date => new Date(Date.UTC(2026, 2, 1) + seconds * 1000);
const main = 'environments:\n  - { name: dev }\n  - { name: prod, clusters: [eu, us] }\n  - { name: quiet }\n';
const snapshot = parseConfig('c', new Map([['release-manager.yaml', new TextEncoder().encode(main)]]));

beforeAll(async () => {
  opened = await testDatabase();
});
afterAll(() => opened.drop());

function hear(environment: string, cluster: string, seconds: number, facts: Partial<typeof daemonFacts> = {}) {
  const batch = { outbox: 'a'.repeat(32), daemon: { ...daemonFacts, ...facts }, observations: [] };
  return takeBatch({ database: opened.database, now: () => at(seconds) }, { environment, cluster }, batch);
}

test('says which daemon is silent, missing, blind, or of nobody’s cluster', async () => {
  await hear('dev', 'default', 500);
  await hear('prod', 'eu', 0);
  await hear('dev', 'left', 500);
  const checks = await checkDaemons({ database: opened.database, snapshot: () => snapshot, now: () => at(510) });
  expect(checks.map(({ name, status, message }) => [name, status, message])).toEqual([
    ['daemon dev/default', 'ok', 'version 1.0.0, 0 observations are on their way'],
    ['daemon dev/left', 'warning', 'reports from a cluster that no environment names'],
    ['daemon prod/eu', 'failed', 'was heard last 510 s ago'],
    ['daemon prod/us', 'failed', 'has never reported, and releases wait for it'],
  ]);
  await hear('dev', 'default', 505, {
    unwatched: [
      { kind: 'Pod', why: 'forbidden' },
      { kind: 'ExternalArtifact', why: 'The API server knows no such kind.' },
    ],
  });
  const [blind] = await checkDaemons({ database: opened.database, snapshot: () => snapshot, now: () => at(510) });
  expect(blind).toMatchObject({ status: 'warning', message: 'cannot watch Pod (forbidden)' });
});

test('recommends slices where the cluster can and there are many services', async () => {
  const able = { hasExternalArtifacts: true, hasArtifactGenerators: true };
  await hear('dev', 'default', 510, able);
  await hear('dev', 'left', 510, able);
  await opened.database.db.raw(
    `insert into owned_folders (environment, namespace, service, tree_oid, indexed_at)
     select 'dev', 'shop', 's' || n, '', now() from generate_series(1, 100) n`,
  );
  const checks = await checkDaemons({ database: opened.database, snapshot: () => snapshot, now: () => at(510) });
  expect(checks.at(-1)).toMatchObject({ name: 'flux dev', status: 'warning' });
  expect(checks.at(-1)?.message).toContain('all 100 services of dev');
});
