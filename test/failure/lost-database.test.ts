import { setTimeout as wait } from 'node:timers/promises';

import { openDatabase } from '@release-manager/postgres';
import { testDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { makeArtifact } from '../support/make-artifact.ts';
import { createRandom } from '../support/random.ts';
import { createStubbornClient } from '../support/stubborn-client.ts';
import { prepareBurst, runBurst } from './support/burst.ts';
import {
  adminToken,
  ask,
  burstSize,
  eventually,
  repository,
  setMemoryScene,
  type MemoryScene,
} from './support/memory-scene.ts';
import { readMemory } from './support/read-memory.ts';
import { readTruth } from './support/read-truth.ts';

interface Recovery {
  readonly state: string;
  readonly releases: number;
  readonly artifacts: number;
  readonly says: string;
  readonly skipped: readonly unknown[];
}
interface Listed {
  readonly releases: readonly { readonly id: string; readonly service: string; readonly artifact: string }[];
}
interface Page {
  readonly items: readonly { readonly id: string; readonly state: string; readonly artifact: string }[];
}

let scene: MemoryScene;

beforeAll(async () => {
  scene = await setMemoryScene();
});
afterAll(() => scene.close());

const recoveryOf = (url: string): Promise<Recovery> => ask(url, '/v1/recovery');
const plan = (url: string): Promise<Listed> => ask(url, '/v1/recovery/resume', { dryRun: true });
const releasesIn = (url: string, state: string): Promise<Page> => ask(url, `/v1/releases?limit=500&state=${state}`);

/** Nothing is on its way any more, and each build of main was automated. */
async function untilQuiet(url: string): Promise<void> {
  for (const state of ['queued', 'waiting'])
    await eventually(
      () => releasesIn(url, state),
      ({ items }) => items.length === 0,
    );
  await eventually(
    () => ask<Page>(url, '/v1/releases?limit=500&environment=dev'),
    ({ items }) => items.length >= 32,
  );
}

/** The database as a backup: a copy that Postgres itself makes, once nobody is connected. */
async function copyDatabase(url: string, name: string): Promise<string> {
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  const server = openDatabase({ url: inject('postgresUrl'), applicationName: 'backup', poolSize: 1 });
  await eventually(
    () =>
      server.db
        .raw(`create database ${name} template ${new URL(url).pathname.slice(1)}`)
        .then(() => true)
        .catch(() => false),
    (done) => done,
  );
  await server.close();
  return copy.href;
}

async function dropDatabase(url: string): Promise<void> {
  const server = openDatabase({ url: inject('postgresUrl'), applicationName: 'backup', poolSize: 1 });
  await server.db.raw(`drop database ${new URL(url).pathname.slice(1)} with (force)`);
  await server.close();
}

describe('a database that is lost', () => {
  it('is rebuilt from config repo and store, releases nothing by itself and nothing twice', async () => {
    const first = await testDatabase();
    const begun = scene.start(first.url);
    const { url } = await begun.ready;
    const port = new URL(url).port;
    const client = createStubbornClient(url, adminToken);
    const burst = runBurst(client, await prepareBurst(burstSize), { seed: 7, random: createRandom(7) });
    // The backup is taken in the middle of the burst, as backups are.
    await eventually(
      () => releasesIn(url, 'committed'),
      ({ items }) => items.length > 12,
    );
    await begun.end('SIGKILL');
    const backup = await copyDatabase(first.url, `backup_${process.pid}`);
    const goesOn = scene.start(first.url, port);
    await burst;
    await untilQuiet(url);
    await ask(url, '/v1/releases', {
      service: 'service-01',
      environments: ['dev'],
      undeploy: true,
      reason: 'not needed',
    });
    await untilQuiet(url);
    await goesOn.end('SIGTERM');
    const before = await readMemory(first.database);
    const tip = await scene.tip();
    expect(before.history.length).toBeGreaterThan(60);

    await theLostOne(before, { tip, port });
    await theBackup(before, { backup, tip: await scene.tip() });
    await dropDatabase(backup);
    await first.drop();
  });
});

type Before = Awaited<ReturnType<typeof readMemory>>;

/** On an empty database, killed again and again while it reads. */
async function theLostOne(before: Before, { tip, port }: { tip: string; port: string }): Promise<void> {
  const empty = await testDatabase();
  const random = createRandom(11);
  for (let kill = 0; kill < 4; kill += 1) {
    const manager = scene.start(empty.url, port);
    await manager.ready;
    await wait(Math.floor(random() * 500));
    await manager.end('SIGKILL');
  }
  const manager = scene.start(empty.url, port);
  const { url } = await manager.ready;
  const recovery = await eventually(
    () => recoveryOf(url),
    ({ state }) => state === 'held',
  );
  expect(recovery.skipped).toEqual([]);
  expect(await readMemory(empty.database)).toEqual(before);
  expect(await scene.tip()).toBe(tip);
  expect((await plan(url)).releases).toEqual([]);
  const entries = empty.database.db('ledger').where({ kind: 'release.rebuilt' });
  expect(await entries.clone().pluck('release_id')).toHaveLength(before.history.length);
  for (const cause of await entries.clone().pluck('cause')) expect(cause).toMatch(/; rebuilt from [0-9a-f]{40}$/);

  await automationIsHeld(url);
  expect((await readTruth(empty.database, scene.git, repository)).openAttempts).toBe(0);
  await manager.end('SIGTERM');
  await empty.drop();
}

/** New builds wait, the newest only; people are served; an administrator lets it go on. */
async function automationIsHeld(url: string): Promise<void> {
  const client = createStubbornClient(url, adminToken);
  const older = await makeArtifact({ service: 'service-02', branch: 'main', run: 9 });
  const newer = await makeArtifact({ service: 'service-02', branch: 'main', run: 10 });
  await client.upload(older);
  await eventually(
    () => releasesIn(url, 'waiting'),
    ({ items }) => items.some(({ artifact }) => artifact === older.spec.id),
  );
  await client.upload(newer);
  await eventually(
    () => releasesIn(url, 'waiting'),
    ({ items }) => items.some(({ artifact }) => artifact === newer.spec.id),
  );
  const { outcomes } = await client.release({
    service: 'service-02',
    environments: ['staging'],
    branch: 'main',
    idempotencyKey: 'by-hand-while-held',
  });
  const byHand = outcomes[0]?.release?.id ?? '';
  await eventually(
    () => ask<{ state: string }>(url, `/v1/releases/${byHand}`),
    ({ state }) => state === 'committed',
  );

  const listed = (await plan(url)).releases;
  expect(listed.map(({ service, artifact }) => [service, artifact])).toEqual([['service-02', newer.spec.id]]);
  expect((await recoveryOf(url)).says).toContain('automation is held');
  const person = { id: 'ada', name: 'Ada L.', email: 'ada@example.com' };
  const { secret } = await ask<{ secret: string }>(url, '/v1/tokens', { kind: 'personal', name: 'ada', person });
  await expect(ask(url, '/v1/recovery/resume', {}, secret)).rejects.toThrow('403');

  await ask(url, '/v1/recovery/resume', {});
  const id = listed[0]?.id ?? '';
  await eventually(
    () => ask<{ state: string }>(url, `/v1/releases/${id}`),
    ({ state }) => state === 'committed',
  );
  expect((await recoveryOf(url)).state).toBe('whole');
  expect((await ask<Listed>(url, '/v1/recovery/resume', {})).releases).toEqual([]);
}

/** On the backup, which believes to be queued what is committed, and does not know the rest. */
async function theBackup(before: Before, { backup, tip }: { backup: string; tip: string }): Promise<void> {
  const manager = scene.start(backup);
  const { url } = await manager.ready;
  const recovery = await eventually(
    () => recoveryOf(url),
    ({ state }) => state === 'held',
  );
  expect(recovery.releases).toBeGreaterThan(10);
  expect(recovery.artifacts).toBeGreaterThan(0);
  await eventually(
    () => releasesIn(url, 'queued'),
    ({ items }) => items.length === 0,
  );
  expect((await plan(url)).releases).toEqual([]);
  await ask(url, '/v1/recovery/resume', {});
  expect(await scene.tip()).toBe(tip);
  await manager.end('SIGTERM');

  const database = openDatabase({ url: backup, applicationName: 'checker', poolSize: 2 });
  const truth = await readTruth(database, scene.git, repository);
  const memory = await readMemory(database);
  await database.close();
  const committed = truth.releases.flatMap(({ id, commit_sha: sha }) => (sha === null ? [] : [`${id} ${sha}`]));
  expect(new Set(committed)).toEqual(new Set(truth.commits.map(({ releaseId, sha }) => `${releaseId} ${sha}`)));
  expect(committed).toHaveLength(truth.commits.length);
  expect(truth.openAttempts).toBe(0);
  expect(memory.services).toEqual(before.services);
  const names = (list: readonly unknown[]) => list.map((each) => (each as { id: string }).id);
  expect(names(memory.artifacts)).toEqual(expect.arrayContaining(names(before.artifacts)));
}
