import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createContext, createLifecycle, createRedactor, silentLogger, type Lifecycle } from '@release-manager/runtime';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { startManager } from './compose.ts';
import { readConfig } from './config.ts';
import { pack, type Packed } from './features/artifacts/artifact-room.testing.ts';

const adminToken = 'a-token-for-tests-only-0123456789';

let folder: string;
let database: TestDatabase;
let lifecycle: Lifecycle;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hops-'));
  database = await testDatabase();
  lifecycle = createLifecycle({ logger: silentLogger, process: { on: () => undefined, exit: () => undefined } });
});
afterEach(async () => {
  await lifecycle.stop('the test is over');
  await database.drop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

async function start(): Promise<{ readonly url: string; readonly metricsUrl: string }> {
  const config = readConfig({
    PORT: '0',
    METRICS_PORT: '0',
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: database.url,
    ADMIN_TOKEN: adminToken,
  });
  const around = { logger: silentLogger, context: createContext(), redactor: createRedactor(), lifecycle };
  return startManager(config, around);
}

async function ask<Answer>(url: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${url}/v1/${path}`, {
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect([path, response.ok, text]).toEqual([path, true, text]);
  return JSON.parse(text) as Answer;
}

/** Until the verdict. */
async function push(url: string, { spec, zip, size, sha256 }: Packed): Promise<string> {
  type Registered = { upload: { url: string; headers: Record<string, string> } };
  const { upload } = await ask<Registered>(url, 'artifacts', { spec, size, sha256 });
  await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: new Uint8Array(zip) });
  await ask(url, `artifacts/${spec.id}/complete`, {});
  return (await ask<{ state: string }>(url, `artifacts/${spec.id}?wait=20`)).state;
}

/** Observations of a hop, and the seconds of all of them. */
async function hop(metricsUrl: string, name: string): Promise<{ count: number; seconds: number }> {
  const page = await (await fetch(metricsUrl)).text();
  const value = (suffix: string): number => {
    const line = page
      .split('\n')
      .find((each) => each.startsWith(`release_manager_hop_seconds_${suffix}{hop="${name}"}`));
    return Number(line?.split(' ').at(-1) ?? 0);
  };
  return { count: value('count'), seconds: value('sum') };
}

test('how long an artifact waits for its verdict and a release for its commit is measured once each', async () => {
  const { url, metricsUrl } = await start();
  const began = Date.now();
  const packed = await pack({ service: 'web' });
  expect(await push(url, packed)).toBe('ready');
  expect(await push(url, await pack({ service: 'web', files: { 'dev/broken.yaml': 'kind: [' } }))).toBe('rejected');
  await ask(url, 'releases', { service: 'web', artifact: packed.spec.id, environments: ['dev'] });
  await expect.poll(() => hop(metricsUrl, 'queued-committed'), { timeout: 20_000 }).toMatchObject({ count: 1 });
  // The verdict is there before the job that gave it has ended.
  await expect.poll(() => hop(metricsUrl, 'registered-verified'), { timeout: 20_000 }).toMatchObject({ count: 2 });
  const { seconds } = await hop(metricsUrl, 'registered-verified');
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan((2 * (Date.now() - began)) / 1000);

  // A job that comes a second time, as jobs may, finds nothing to do and measures nothing.
  const { db } = database.database;
  await db.raw(
    `insert into pgboss.job (name, data) values ('artifacts.verify', jsonb_build_object('artifactId', ?::text))`,
    [packed.spec.id],
  );
  const open = () => db('pgboss.job').where({ name: 'artifacts.verify' }).whereNot({ state: 'completed' }).pluck('id');
  await expect.poll(open, { timeout: 20_000 }).toEqual([]);
  expect(await hop(metricsUrl, 'registered-verified')).toMatchObject({ count: 2 });
});
