import type { Observation } from '@release-manager/contract';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { crashLog, daemonFacts, deployment, kustomization, pod } from '../facts.testing.ts';
import { takeBatch } from './take-batch.ts';

let opened: TestDatabase;
const now = (): Date => new Date('2026-03-01T12:00:00Z');
const place = { environment: 'dev', cluster: 'eu' };
const first = 'a'.repeat(32);
const second = 'b'.repeat(32);

beforeAll(async () => {
  opened = await testDatabase();
});
afterAll(() => opened.drop());
beforeEach(async () => {
  await opened.database.db.raw('truncate daemons, daemon_outboxes, observed_objects, crash_logs, rollout_looks');
});

interface Sent {
  readonly outbox?: string;
  readonly from?: number;
  readonly acknowledged?: number;
  readonly to?: typeof place;
}

function send(observations: readonly Observation[], { outbox = first, from = 1, acknowledged, to = place }: Sent = {}) {
  return takeBatch({ database: opened.database, now }, to, {
    outbox,
    daemon: daemonFacts,
    ...(acknowledged === undefined ? {} : { acknowledged }),
    observations: observations.map((observation, index) => ({
      sequence: from + index,
      seenAt: now().toISOString(),
      observation,
    })),
  });
}

interface Row {
  type: string;
  name: string;
  service: string | null;
  resource_version: string;
  deleted: boolean;
  cluster: string;
}

async function rows(): Promise<string[]> {
  const found = await opened.database.db<Row>('observed_objects').orderBy(['cluster', 'type', 'name']);
  return found.map(
    (row) => `${row.cluster} ${row.type} ${row.name} @${row.resource_version}${row.deleted ? ' gone' : ''}`,
  );
}

describe('W3: exactly once', () => {
  test('what was taken is acknowledged, and taken again changes nothing', async () => {
    expect(await send([deployment('web'), crashLog('web')])).toEqual({ acknowledged: 2, startOver: false });
    const before = await rows();
    expect(await send([deployment('web', { resourceVersion: '900' }), crashLog('web')])).toEqual({
      acknowledged: 2,
      startOver: false,
    });
    expect(await rows()).toEqual(before);
    expect(await opened.database.db('crash_logs')).toHaveLength(1);
  });

  test('of a batch that was taken in part before, only the rest counts', async () => {
    await send([deployment('web'), deployment('api')]);
    expect(await send([deployment('api', { resourceVersion: '900' }), deployment('job')], { from: 2 })).toEqual({
      acknowledged: 3,
      startOver: false,
    });
    expect(await rows()).toEqual(['eu workload api @100', 'eu workload job @100', 'eu workload web @100']);
  });

  test('gaps in the sequence are what took each other over', async () => {
    await send([deployment('web')]);
    expect(await send([deployment('web', { resourceVersion: '101' })], { from: 7 })).toMatchObject({ acknowledged: 7 });
  });

  test('sequences that do not rise are refused whole', async () => {
    const batch = {
      outbox: first,
      daemon: daemonFacts,
      observations: [3, 3].map((sequence) => ({
        sequence,
        seenAt: now().toISOString(),
        observation: deployment('web'),
      })),
    };
    await expect(takeBatch({ database: opened.database, now }, place, batch)).rejects.toMatchObject({
      code: 'daemon.sequence',
    });
    expect(await rows()).toEqual([]);
  });

  test('a batch whose transaction dies leaves nothing behind, and comes again', async () => {
    const dying = {
      ...opened.database,
      transaction: (work: Parameters<typeof opened.database.transaction>[0]) =>
        opened.database.transaction(async (tx) => {
          await work(tx);
          throw new Error('killed');
        }),
    } as typeof opened.database;
    const batch = {
      outbox: first,
      daemon: daemonFacts,
      observations: [{ sequence: 1, seenAt: now().toISOString(), observation: deployment('web') }],
    };
    await expect(takeBatch({ database: dying, now }, place, batch)).rejects.toThrow('killed');
    expect(await rows()).toEqual([]);
    expect(await takeBatch({ database: opened.database, now }, place, batch)).toEqual({
      acknowledged: 1,
      startOver: false,
    });
    expect(await rows()).toEqual(['eu workload web @100']);
  });
});

describe('a manager that forgot', () => {
  test('has the daemon start over when it was told of more than is known', async () => {
    expect(await send([], { acknowledged: 5 })).toEqual({ acknowledged: 0, startOver: true });
    expect(await send([deployment('web')], { from: 6, acknowledged: 5 })).toEqual({ acknowledged: 0, startOver: true });
    expect(await rows()).toEqual([]);
    expect(await send([deployment('web')], { outbox: second, acknowledged: 0 })).toEqual({
      acknowledged: 1,
      startOver: false,
    });
  });

  test('and an outbox that does not say and begins in the middle, too', async () => {
    expect(await send([deployment('web')], { from: 6 })).toEqual({ acknowledged: 0, startOver: true });
  });

  test('but an outbox that never was told anything may begin anywhere', async () => {
    expect(await send([deployment('web')], { from: 6, acknowledged: 0 })).toEqual({
      acknowledged: 6,
      startOver: false,
    });
  });
});

describe('W3: two outboxes of one cluster', () => {
  test('the higher resourceVersion counts, in whatever order they come', async () => {
    await send([deployment('web', { resourceVersion: '20' })]);
    await send([deployment('web', { resourceVersion: '9' })], { outbox: second });
    expect(await rows()).toEqual(['eu workload web @20']);
    await send([deployment('web', { resourceVersion: '100' })], { outbox: second, from: 2 });
    expect(await rows()).toEqual(['eu workload web @100']);
  });

  test('a deletion wins over everything for its uid', async () => {
    await send([deployment('web', { resourceVersion: '50' })]);
    await send([deployment('web', { resourceVersion: '40', deleted: true })], { outbox: second });
    await send([deployment('web', { resourceVersion: '60' })], { from: 2 });
    expect(await rows()).toEqual(['eu workload web @40 gone']);
  });

  test('also within one batch', async () => {
    await send([
      deployment('web', { resourceVersion: '50' }),
      deployment('web', { resourceVersion: '51', deleted: true }),
      deployment('web', { resourceVersion: '60' }),
    ]);
    expect(await rows()).toEqual(['eu workload web @51 gone']);
  });

  test('another cluster, and another environment, are other objects', async () => {
    await send([deployment('web')]);
    await send([deployment('web', { deleted: true })], { to: { environment: 'dev', cluster: 'us' } });
    expect(await rows()).toEqual(['eu workload web @100', 'us workload web @100 gone']);
  });
});

describe('a complete list', () => {
  const list = (uids: string[], more: object = {}): Observation => ({
    type: 'listing',
    of: 'pod',
    kind: 'Pod',
    resourceVersion: '200',
    uids,
    ...more,
  });

  test('closes the gap that a missed deletion left', async () => {
    await send([pod('web', 0), pod('web', 1), deployment('web')]);
    await send([list(['uid-pod-web-1'])], { from: 4 });
    expect(await rows()).toEqual(['eu pod web-0 @100 gone', 'eu pod web-1 @100', 'eu workload web @100']);
  });

  test('says nothing of what is newer than it, of other ranges, and of other namespaces', async () => {
    await send([pod('web', 0, { resourceVersion: '201' }), pod('web', 1), pod('web', 2)]);
    await send([list([], { from: 'uid-pod-web-0', to: 'uid-pod-web-2' })], { from: 4 });
    expect(await rows()).toEqual(['eu pod web-0 @201', 'eu pod web-1 @100 gone', 'eu pod web-2 @100']);
    await send([list([], { namespace: 'other' })], { from: 5 });
    expect(await rows()).toContain('eu pod web-2 @100');
  });
});

test('whose a Kustomization is follows from its labels, else from its path, and only in this environment', async () => {
  await send([
    kustomization('web', { path: './' }),
    { ...kustomization('old'), service: undefined, environment: undefined },
    { ...kustomization('far'), environment: 'prod' },
  ]);
  const found = await opened.database.db<Row>('observed_objects').orderBy('name').select('name', 'service');
  expect(found.map(({ name, service }) => [name, service])).toEqual([
    ['dev-far', null],
    ['dev-old', 'old'],
    ['dev-web', 'web'],
  ]);
});

test('a log that came late takes the place of the answer that there is none', async () => {
  await send([crashLog('web', { lines: [], unavailable: 'container is waiting to start' })]);
  await send([crashLog('web', { lines: ['boom'] }), crashLog('web', { lines: ['later'] })], { from: 2 });
  const [log] = await opened.database.db<{ lines: string[] }>('crash_logs');
  expect(log?.lines).toEqual(['later']);
  await send([crashLog('web', { lines: ['again'] })], { outbox: second });
  expect((await opened.database.db<{ lines: string[] }>('crash_logs'))[0]?.lines).toEqual(['later']);
});

test('Flux is poked for what was committed before anybody could, once', async () => {
  const { db } = opened.database;
  const at = now();
  const actor = { kind: 'admin' };
  await db('services').insert({
    name: 'early',
    namespaces: { default: 'shop' },
    registered_by: actor,
    registered_at: at,
    updated_at: at,
  });
  await db('releases').insert({
    id: 'rel_early',
    request_id: 'req_early',
    service: 'early',
    environment: place.environment,
    intent: 'undeploy',
    automatic: false,
    state: 'committed',
    actor,
    author: { name: 'Ada', email: 'ada@example.com' },
    commit_sha: 'c'.repeat(40),
    committed_at: at,
    requested_at: at,
    updated_at: at,
  });
  await db('daemon_commands').del();

  await send([]);
  await send([]);

  const commands = await db<{ kind: string; cluster: string; request: object }>('daemon_commands');
  expect(commands).toMatchObject([{ kind: 'flux.poke', cluster: 'eu', request: { commit: 'c'.repeat(40) } }]);
});

test('a batch of 200 costs a fixed number of statements', async () => {
  await send([]);
  const statements: unknown[] = [];
  const heard = (query: unknown): void => void statements.push(query);
  opened.database.db.on('query', heard);
  await send(Array.from({ length: 200 }, (_, index) => pod('web', index)));
  opened.database.db.off('query', heard);
  expect(statements.length).toBeLessThan(16);
});
