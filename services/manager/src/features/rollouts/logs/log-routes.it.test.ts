import type { DaemonCommand, LogRequestView, PodFacts } from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../../testing/release-room.ts';
import { createRights } from '../../access/index.ts';
import { createCommandWatch, type CommandWatch } from '../commands/command-watch.ts';
import { createDaemonRoutes } from '../daemon-routes.ts';
import { container, daemonFacts, pod } from '../facts.testing.ts';
import { takeBatch } from '../intake/take-batch.ts';
import { sweepObservations } from '../sweep-observations.ts';
import { mostContainers, type AskedLogs } from './asked-logs.ts';
import { createLogRoutes } from './log-routes.ts';

const mainFile = `environments:
  - { name: dev }
  - { name: prod, clusters: [eu, us] }
`;
let now = new Date('2026-03-01T12:00:00Z');
let room: ReleaseRoom;
let watch: CommandWatch;
let people: ReturnType<typeof createLogRoutes>;
let daemons: ReturnType<typeof createDaemonRoutes>;
let sequence = 0;

/** As a manager that starts on the same database: nothing is kept in memory. */
function startManager(): void {
  const rights = createRights({ environmentProtected: () => true });
  const deps = { database: room.database, repo: room.repo, rights, commands: watch, now: () => now };
  people = createLogRoutes(deps);
  daemons = createDaemonRoutes(deps);
}

beforeAll(async () => {
  room = await openReleaseRoom({ mainFile, now: () => now });
  watch = await createCommandWatch(room.database);
  for (const service of ['web', 'quiet']) await room.artifact({ service, text: 'one' });
});
afterAll(async () => {
  await watch.close();
  await room.close();
});
beforeEach(async () => {
  await room.database.db.raw('truncate daemons, daemon_outboxes, observed_objects, daemon_commands, log_requests');
  now = new Date('2026-03-01T12:00:00Z');
  startManager();
});

const around = (actor: Actor) => ({
  actor,
  principal: { actor },
  signal: new AbortController().signal,
  requestId: 'r',
});
const later = (seconds: number): void => {
  now = new Date(now.getTime() + seconds * 1000);
};

async function tell(environment: string, cluster: string, pods: readonly PodFacts[], synced = true): Promise<void> {
  const seenAt = now.toISOString();
  const observations = pods.map((observation) => ({ sequence: (sequence += 1), seenAt, observation }));
  // Outboxes differ by cluster, so that each begins anew.
  const outbox = Buffer.from(`${environment}/${cluster} ${sequence}`).toString('hex').padEnd(32, '0').slice(0, 32);
  const batch = { outbox, daemon: { ...daemonFacts, synced }, acknowledged: 0, observations };
  await takeBatch({ database: room.database, now: () => now }, { environment, cluster }, batch);
}

const ask = (body: Partial<AskedLogs> = {}, environment = 'dev', service = 'web', actor: Actor = ada) =>
  people.requestLogs({
    ...around(actor),
    params: { service, environment },
    query: {},
    body: { previous: false, lines: 100, ...body },
  });
const show = (id: string): Promise<LogRequestView> =>
  people.showLogs({ ...around(ada), params: { id }, query: {}, body: {} });

type LogCommand = Extract<DaemonCommand, { kind: 'logs.fetch' }>;
async function take(cluster = 'default', environment = 'dev'): Promise<LogCommand[]> {
  const actor: Actor = { kind: 'daemon', environment, cluster };
  const query = { wait: 0, outbox: 'a'.repeat(32) };
  const { commands } = await daemons.takeCommands({ ...around(actor), params: {}, query, body: {} });
  return commands.filter((command) => command.kind === 'logs.fetch').toSorted((a, b) => (a.pod < b.pod ? -1 : 1));
}
type Answer = Parameters<typeof daemons.finishCommand>[0]['body'];
const answer = (id: string, body: Answer, cluster = 'default', environment = 'dev') =>
  daemons.finishCommand({
    ...around({ kind: 'daemon', environment, cluster }),
    params: { id },
    query: {},
    body,
  });

describe('logs that somebody asks for', () => {
  test('are fetched by the daemon of the cluster', async () => {
    await tell('dev', 'default', [pod('web', 0), pod('web', 1)]);
    const asked = await ask({ lines: 7 });
    expect(asked).toMatchObject({ state: 'pending', service: 'web', environment: 'dev', leftOut: 0, silent: [] });
    const commands = await take();
    expect(commands).toMatchObject([
      { namespace: 'shop', pod: 'web-0', container: 'app', previous: false, lines: 7 },
      { namespace: 'shop', pod: 'web-1', container: 'app', previous: false, lines: 7 },
    ]);
    await answer(commands[0]?.id ?? '', { outcome: 'done', lines: ['hello'], cut: true });
    expect(await show(asked.id)).toMatchObject({ state: 'pending' });
    await answer(commands[1]?.id ?? '', { outcome: 'failed', message: 'the container is waiting to start' });
    expect(await show(asked.id)).toMatchObject({
      state: 'answered',
      containers: [
        { pod: 'web-0', state: 'answered', lines: ['hello'], cut: true },
        { pod: 'web-1', state: 'failed', lines: [], says: 'the container is waiting to start' },
      ],
    });
  });

  test('wake a daemon that waits', async () => {
    await tell('dev', 'default', [pod('web', 0)]);
    const query = { wait: 50, outbox: 'a'.repeat(32) };
    const actor: Actor = { kind: 'daemon', environment: 'dev', cluster: 'default' };
    const poll = () => daemons.takeCommands({ ...around(actor), params: {}, query, body: {} });
    const first = poll();
    await ask();
    // What a test before this one asked for may wake it as well.
    let { commands } = await first;
    while (commands.length === 0) ({ commands } = await poll());
    expect(commands).toMatchObject([{ kind: 'logs.fetch' }]);
  });

  test('come of every cluster, and one without a daemon is named at once', async () => {
    await tell('prod', 'eu', [pod('web', 0)]);
    const asked = await ask({}, 'prod');
    expect(asked).toMatchObject({
      state: 'pending',
      containers: [{ cluster: 'eu' }],
      silent: [{ cluster: 'us', says: 'no daemon has ever reported from us' }],
    });
    later(90);
    expect(await ask({}, 'prod')).toMatchObject({
      state: 'nobody',
      containers: [],
      silent: [{ cluster: 'eu', says: 'the daemon of eu was heard last 90 s ago' }, { cluster: 'us' }],
    });
    expect(await take('eu', 'prod')).toEqual([]);
  });

  test('are fetched by a daemon that has just started, of the pods that are known; else it is said', async () => {
    await tell('dev', 'default', [pod('web', 0)], false);
    expect(await ask()).toMatchObject({ state: 'pending', containers: [{ pod: 'web-0' }], silent: [] });
    expect(await ask({}, 'dev', 'quiet')).toMatchObject({
      state: 'nobody',
      silent: [{ cluster: 'default', says: expect.stringContaining('still reads') as string }],
    });
  });

  test('are asked of the cluster, the pod, the container and the run that is meant', async () => {
    const two = [container(), container({ name: 'proxy', role: 'sidecar', restarts: 1 })];
    await tell('prod', 'eu', [pod('web', 0, { containers: two })]);
    await tell('prod', 'us', [pod('web', 1, { containers: two })]);
    await ask({ cluster: 'us', pod: 'web-1', container: 'proxy', previous: true }, 'prod');
    expect(await take('eu', 'prod')).toEqual([]);
    expect(await take('us', 'prod')).toMatchObject([{ pod: 'web-1', container: 'proxy', previous: true }]);
  });

  test.each<readonly [string, { body?: Partial<AskedLogs>; environment?: string; service?: string; code: string }]>([
    ['environment', { environment: 'nowhere', code: 'environment.not-found' }],
    ['service', { service: 'ghost', code: 'service.not-found' }],
    ['cluster', { body: { cluster: 'moon' }, code: 'environment.no-cluster' }],
    ['pod', { body: { pod: 'web-9' }, code: 'logs.no-pod' }],
    ['container', { body: { container: 'db' }, code: 'logs.no-container' }],
    ['run before', { body: { previous: true }, code: 'logs.no-previous' }],
    ['pod at all', { service: 'quiet', code: 'logs.no-pod' }],
  ])('of a %s that is not there are refused', async (_, { body, environment, service, code }) => {
    await tell('dev', 'default', [pod('web', 0)]);
    await expect(ask(body, environment, service)).rejects.toMatchObject({ kind: 'not-found', code });
    expect(await take()).toEqual([]);
  });

  test('of a pod that is gone, or of another service, are not fetched', async () => {
    await tell('dev', 'default', [pod('web', 0, { deleted: true }), pod('other', 1)]);
    await expect(ask()).rejects.toMatchObject({ code: 'logs.no-pod' });
  });
});

describe('one request', () => {
  test('is joined by the same again, and not by another, or once it has ended', async () => {
    await tell('dev', 'default', [pod('web', 0)]);
    const first = await ask();
    later(5);
    expect((await ask()).id).toBe(first.id);
    expect((await ask({ lines: 5 })).id).not.toBe(first.id);
    for (const { id } of await take()) await answer(id, { outcome: 'done', lines: [] });
    expect((await ask()).id).not.toBe(first.id);
  });

  test('asks so many containers and says how many it left out', async () => {
    await tell(
      'dev',
      'default',
      Array.from({ length: mostContainers + 3 }, (_, index) => pod('web', index)),
    );
    const asked = await ask();
    expect(asked.containers).toHaveLength(mostContainers);
    expect(asked.leftOut).toBe(3);
    expect(await take()).toHaveLength(10);
  });

  test('too many is refused, also when they come at once', async () => {
    await tell('dev', 'default', [pod('web', 0)]);
    const asked = await Promise.allSettled(Array.from({ length: 9 }, (_, index) => ask({ lines: index + 1 })));
    const refused = asked.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(4);
    expect(refused[0]?.reason).toMatchObject({ kind: 'limited', code: 'logs.too-many' });
    later(61);
    await tell('dev', 'default', []);
    await expect(ask()).resolves.toMatchObject({ state: 'pending' });
  });

  test('keeps no other command waiting', async () => {
    await tell(
      'dev',
      'default',
      Array.from({ length: 10 }, (_, index) => pod('web', index)),
    );
    await ask();
    await room.database.db('daemon_commands').insert({
      id: `cmd_${'0'.repeat(26)}`,
      environment: 'dev',
      cluster: 'default',
      kind: 'flux.poke',
      request: { commit: 'c' },
      created_at: new Date(now.getTime() + 1),
      expires_at: new Date(now.getTime() + 60_000),
    });
    const actor: Actor = { kind: 'daemon', environment: 'dev', cluster: 'default' };
    const query = { wait: 0, outbox: 'a'.repeat(32) };
    const { commands } = await daemons.takeCommands({ ...around(actor), params: {}, query, body: {} });
    expect(commands.map(({ kind }) => kind)).toContain('flux.poke');
  });
});

describe('when something dies', () => {
  test('a daemon that comes back is given the request again', async () => {
    await tell('dev', 'default', [pod('web', 0)]);
    const asked = await ask();
    const [lost] = await take();
    later(5);
    expect(await take()).toEqual([]);
    later(16);
    expect(await take()).toEqual([lost]);
    await answer(lost?.id ?? '', { outcome: 'done', lines: ['here'] });
    expect(await show(asked.id)).toMatchObject({ state: 'answered', containers: [{ lines: ['here'] }] });
  });

  test('the manager goes on where it was', async () => {
    await tell('dev', 'default', [pod('web', 0)]);
    const asked = await ask();
    startManager();
    const [command] = await take();
    startManager();
    await answer(command?.id ?? '', { outcome: 'done', lines: ['here'] });
    startManager();
    expect(await show(asked.id)).toMatchObject({ state: 'answered', containers: [{ lines: ['here'] }] });
  });

  test('a daemon that never answers is said after a minute, and a late answer still counts', async () => {
    await tell('dev', 'default', [pod('web', 0)]);
    const asked = await ask();
    const [command] = await take();
    later(61);
    expect(await show(asked.id)).toMatchObject({
      state: 'expired',
      containers: [{ state: 'failed', says: 'the daemon of default did not answer within 60 s' }],
    });
    expect(await take()).toEqual([]);
    await answer(command?.id ?? '', { outcome: 'done', lines: ['late'] });
    expect(await show(asked.id)).toMatchObject({ state: 'answered', containers: [{ lines: ['late'] }] });
  });
});

describe('what is kept', () => {
  test('of the answer of a hostile cluster is no more than was asked for, and plain text', async () => {
    await tell('dev', 'default', [pod('web', 0)]);
    const asked = await ask({ lines: 3 });
    const [command] = await take();
    const lines = [...Array<string>(100).fill('x'.repeat(4_000)), 'a\u001B[2J\u001B]0;title\u0007b', 'c\u202Ed', '\te'];
    await answer(command?.id ?? '', { outcome: 'done', lines, cut: false, message: 'odd\u001B[31m\r\nwords' });
    const { containers } = await show(asked.id);
    expect(containers).toMatchObject([{ cut: true, says: 'oddwords' }]);
    expect(containers[0]?.lines.at(-1)).toBe('    e');
    expect(containers[0]?.lines).toHaveLength(3);
    expect(JSON.stringify(containers)).not.toMatch(/\\u001b|\\u0007|\u202E/i);
  });

  test('is the newest of a service, and nothing after a quarter of an hour', async () => {
    await tell('dev', 'default', [pod('web', 0)]);
    const asked: string[] = [];
    for (let index = 0; index < 12; index += 1) {
      asked.push((await ask({ lines: index + 1 })).id);
      for (const { id } of await take()) await answer(id, { outcome: 'done', lines: ['x'] });
      later(1);
    }
    await expect(show(asked[1] ?? '')).rejects.toMatchObject({ kind: 'not-found', code: 'logs.no-request' });
    await expect(show(asked[2] ?? '')).resolves.toMatchObject({ state: 'answered' });
    later(16 * 60);
    await sweepObservations({ database: room.database, now: () => now });
    await expect(show(asked[11] ?? '')).rejects.toMatchObject({ code: 'logs.no-request' });
    expect(await room.database.db('daemon_commands').whereNotNull('log_request')).toEqual([]);
  });

  test('says nothing to a daemon of another environment', async () => {
    await tell('dev', 'default', [pod('web', 0)]);
    await ask();
    const [command] = await take();
    await expect(answer(command?.id ?? '', { outcome: 'done' }, 'eu', 'prod')).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    const daemon: Actor = { kind: 'daemon', environment: 'prod', cluster: 'eu' };
    await expect(ask({}, 'dev', 'web', daemon)).rejects.toMatchObject({ code: 'access.forbidden' });
  });
});
