import { tmpdir } from 'node:os';

import type { DoctorCheck } from '@release-manager/contract';
import { createQueue } from '@release-manager/queue';
import type { ArtifactStore } from '@release-manager/storage';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { judgeDisk } from './disk-check.ts';
import { runChecks } from './doctor-checks.ts';

const days = 86_400_000;
const mainFile = `environments:
  - { name: dev }
  - { name: prod }
policies:
  - { kind: branch-restriction, environment: prod, branch: main }
  - { kind: auto-release, branch: "release/*", environment: dev }
`;

let room: ReleaseRoom;
let storeCheck: () => Promise<void> = () => Promise.resolve();

beforeAll(async () => {
  room = await openReleaseRoom({
    mainFile,
    policies: {
      web: `service: web
policies:
  - { kind: auto-release, branch: develop, environment: prod }
  - { kind: auto-release, branch: mian, environment: dev }
  - { kind: auto-release, branch: main, environment: dev }
`,
      ghost: 'service: ghost\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n',
    },
  });
  const queue = createQueue({ database: room.database, jobs: [], onError: () => undefined });
  await queue.start();
  await queue.stop({ graceSeconds: 0 });
  await room.artifact({ service: 'web', text: 'one' });
});
afterAll(() => room.close());

function check(now = new Date()): Promise<DoctorCheck[]> {
  return runChecks({
    database: room.database,
    databaseDescription: 'DATABASE_URL',
    store: { description: 'a folder', check: () => storeCheck() } as ArtifactStore,
    repo: room.repo,
    repoDescription: 'the config repo',
    dataDir: tmpdir(),
    now: () => now,
    more: () => Promise.resolve([{ name: 'more', status: 'ok', message: 'said' }]),
  });
}

async function found(name: string, now?: Date): Promise<DoctorCheck[]> {
  return (await check(now)).filter((one) => one.name === name);
}

test('what is well is said, by name', async () => {
  const checks = await check();
  const well = checks.filter(({ status }) => status === 'ok').map(({ name }) => name);
  expect(well).toEqual(
    expect.arrayContaining([
      'database',
      'database schema',
      'artifact store',
      'config repo',
      'right to push',
      'environments',
      'queue',
      'failed jobs',
      'pushes',
      'tokens',
      'more',
    ]),
  );
});

test('a push that is only a question moves nothing, and a remote that only lets read is found out', async () => {
  const before = await room.git('rev-parse', 'main');
  room.server.beforeRequest(({ url }) => (url.includes('git-receive-pack') ? 'drop-before' : 'none'));
  const [refused] = await found('right to push');
  const [repo] = await found('config repo');
  room.server.beforeRequest(undefined);
  expect(repo?.status).toBe('ok');
  expect(refused).toMatchObject({ status: 'failed', next: expect.any(String) as string });
  expect(await found('right to push')).toMatchObject([{ status: 'ok' }]);
  expect(await room.git('rev-parse', 'main')).toBe(before);
});

test('folders without an environment, environments without a folder, and what lies between the releases', async () => {
  await room.personPushes({
    'clusters/dev/flux-system/sync.yaml': 'x: 1\n',
    'old/releases/shop/web/a.yaml': 'x: 1\n',
    'dev/releases/README.md': 'hello\n',
    'dev/releases/shop/Notes/a.txt': 'hello\n',
    'docs/readme.md': 'not ours, and nobody minds\n',
  });
  const [folders] = await found('folders');
  expect(folders?.status).toBe('warning');
  expect(folders?.message).toBe(
    'Flux reads nothing of prod: it has no folder in clusters/; ' +
      'old holds releases, and release-manager.yaml declares no such environment; ' +
      'no release lies at dev/releases/README.md, dev/releases/shop/Notes',
  );
  expect(folders?.next).toContain('release-cli init <repository> --environments dev,prod');
});

test('rules that never have a say', async () => {
  const soon = await check();
  expect(soon.map(({ message }) => message).join('\n')).not.toContain('was ever uploaded');
  const later = await check(new Date(Date.now() + 8 * days));
  const warnings = later
    .filter(({ name }) => /\.yaml:\d+$/.test(name))
    .map(({ name, message }) => `${name} ${message}`);
  expect(warnings).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^policies\/web\.yaml:\d+ .*nothing would ever be released/),
      expect.stringMatching(
        /^policies\/web\.yaml:\d+ auto-release auto-release-mian-dev: no artifact of such a branch/,
      ),
      expect.stringMatching(/^release-manager\.yaml:\d+ auto-release .*no artifact of such a branch/),
      expect.stringMatching(/^policies\/ghost\.yaml:\d+ no service ghost is registered/),
    ]),
  );
  expect(warnings.join('\n')).not.toContain('auto-release-main-dev');
});

test('a push of which nobody knows whether it landed', async () => {
  const at = new Date(Date.now() - 10 * 60_000);
  await room.database
    .db('push_attempts')
    .insert({ id: 'psh_1', tip: 'a'.repeat(40), state: 'recorded', created_at: at });
  const [pushes] = await found('pushes');
  await room.database.db('push_attempts').where({ id: 'psh_1' }).delete();
  expect(pushes).toMatchObject({ status: 'warning', message: expect.stringContaining('aaaaaaaaaa') as string });
});

test('a schema that is older or newer than the program', async () => {
  const { db } = room.database;
  const last = await db<{ name: string; applied_at: Date }>('schema_migrations').orderBy('name', 'desc').first();
  await db('schema_migrations').where({ name: last?.name }).delete();
  expect(await found('database schema')).toMatchObject([
    { status: 'failed', message: `the database lacks ${last?.name}` },
  ]);
  await db('schema_migrations').insert([last, { name: '9999-of-tomorrow' }]);
  expect(await found('database schema')).toMatchObject([{ status: 'warning' }]);
  await db('schema_migrations').where({ name: '9999-of-tomorrow' }).delete();
  expect(await found('database schema')).toMatchObject([{ status: 'ok' }]);
});

test('what throws has failed, and the rest is looked at all the same', async () => {
  storeCheck = () => Promise.reject(new Error('the bucket is away'));
  const checks = await check();
  storeCheck = () => Promise.resolve();
  expect(checks).toContainEqual({ name: 'artifact store', status: 'failed', message: 'the bucket is away' });
  expect(checks.find(({ name }) => name === 'more')).toBeDefined();
});

test('disks that are filling up', () => {
  const mebibyte = 1024 * 1024;
  expect(judgeDisk('/data', 5000 * mebibyte, 100_000).status).toBe('ok');
  expect(judgeDisk('/data', 5000 * mebibyte, undefined).status).toBe('ok');
  expect(judgeDisk('/data', 500 * mebibyte, 100_000)).toMatchObject({
    status: 'warning',
    message: '500 MiB free in /data',
  });
  expect(judgeDisk('/data', 50 * mebibyte, 100_000).status).toBe('failed');
  expect(judgeDisk('/data', 5000 * mebibyte, 10).status).toBe('failed');
});
