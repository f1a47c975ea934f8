import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { openDatabase, startEmbeddedPostgres, type Database, type EmbeddedPostgres } from '@release-manager/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { createRandom } from '../support/random.ts';
import { createStubbornClient } from '../support/stubborn-client.ts';
import { prepareBurst, runBurst } from './support/burst.ts';
import { findWrongs } from './support/check-truth.ts';
import {
  adminToken,
  ask,
  burstSize,
  eventually,
  repository,
  setMemoryScene,
  type MemoryScene,
} from './support/memory-scene.ts';
import { readTruth } from './support/read-truth.ts';

let folder: string;
let postgres: EmbeddedPostgres;
let scene: MemoryScene;
let manager: ManagerProcess;
let url: string;

const start = (port?: number): Promise<EmbeddedPostgres> =>
  startEmbeddedPostgres({ dataDir: join(folder, 'postgres'), fast: true, ...(port === undefined ? {} : { port }) });

/** A connection of its own that may write whatever the server is set to. */
async function asOperator<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const operator = new URL(postgres.url);
  operator.searchParams.set('options', '-c default_transaction_read_only=off');
  const database = openDatabase({ url: operator.href, applicationName: 'operator', poolSize: 1 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

async function setReadOnly(value: 'on' | 'off'): Promise<void> {
  await asOperator(async ({ db }) => {
    await db.raw(`alter system set default_transaction_read_only = ${value}`);
    await db.raw('select pg_reload_conf()');
  });
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function answerOf(path: string, body?: unknown): Promise<Answer> {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}${path}`, {
    headers,
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lost-connection-'));
  postgres = await start();
  scene = await setMemoryScene();
  manager = scene.start(postgres.url);
  url = (await manager.ready).url;
});

afterAll(async () => {
  await manager.end('SIGTERM');
  await scene.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

describe('a manager whose database', () => {
  it('takes no writes says so, shows what it has, and goes on when it may', async () => {
    await setReadOnly('on');
    const body = { name: 'web', namespaces: { default: 'shop' } };
    const refused = await eventually(
      () => answerOf('/v1/services', body),
      ({ status }) => status === 503,
    );
    expect(refused.text).toContain('database.read-only');
    expect(refused.text).toContain('default_transaction_read_only');
    const readiness = await answerOf('/readyz');
    expect(readiness).toMatchObject({ status: 503, text: expect.stringContaining('takes no writes') as string });
    expect((await answerOf('/v1/services')).status).toBe(200);

    await setReadOnly('off');
    await eventually(
      () => answerOf('/readyz'),
      ({ status }) => status === 200,
    );
    await ask(url, '/v1/services', { ...body, name: 'web-2' });
  });

  it('is gone for a while, in the middle of a burst and again, loses and doubles nothing', async () => {
    const client = createStubbornClient(url, adminToken);
    const burst = runBurst(client, await prepareBurst(burstSize), { seed: 21, random: createRandom(21) });
    const port = Number(new URL(postgres.url).port);
    for (const seconds of [1.5, 4]) {
      await wait(1_200);
      await postgres.stop();
      const away = await answerOf('/v1/services');
      expect(away.status).toBe(503);
      expect(away.text).toMatch(/"code":"database\.unavailable".*"next":/);
      expect((await answerOf('/readyz')).text).toContain('database');
      expect((await answerOf('/healthz')).status).toBe(200);
      await wait(seconds * 1_000);
      postgres = await start(port);
    }
    // And every connection at once, without the server going away.
    for (let round = 0; round < 3; round += 1) {
      await wait(500);
      await asOperator(({ db }) =>
        db.raw(
          'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
        ),
      );
    }
    const memory = await burst;
    await eventually(
      () => asOperator(countOpen),
      (open) => open === 0,
    );
    const truth = await asOperator((database) => readTruth(database, scene.git, repository));
    expect(findWrongs(truth, memory)).toEqual([]);
    expect(truth.commits.length).toBeGreaterThan(60);
    // Nothing was lost, so nothing is held.
    expect(await ask(url, '/v1/recovery')).toMatchObject({ state: 'whole', automationHeld: false });
    expect((await answerOf('/readyz')).status).toBe(200);
  });
});

async function countOpen({ db }: Database): Promise<number> {
  const releases = await db('releases').whereIn('state', ['requested', 'queued', 'waiting']).select('id');
  const attempts = await db('push_attempts').where({ state: 'recorded' }).select('id');
  const missing = await db('artifacts')
    .where({ branch: 'main', state: 'ready' })
    .whereNotIn('id', db('releases').where({ automatic: true }).select('artifact_id'))
    .select('id');
  return releases.length + attempts.length + missing.length;
}
