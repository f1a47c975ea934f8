import type { Actor } from '@release-manager/domain';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createRights } from '../access/index.ts';
import { CommandStore } from './commands/command-store.ts';
import { createCommandWatch, type CommandWatch } from './commands/command-watch.ts';
import { createDaemonRoutes } from './daemon-routes.ts';
import { daemonFacts, deployment } from './facts.testing.ts';

let opened: TestDatabase;
let commands: CommandWatch;
let routes: ReturnType<typeof createDaemonRoutes>;
const outbox = 'a'.repeat(32);

beforeAll(async () => {
  opened = await testDatabase();
  commands = await createCommandWatch(opened.database);
  const rights = createRights({ environmentProtected: () => true });
  routes = createDaemonRoutes({ database: opened.database, rights, commands, now: () => new Date() });
});
afterAll(async () => {
  await commands.close();
  await opened.drop();
});
beforeEach(() => opened.database.db.raw('truncate daemons, daemon_outboxes, observed_objects, daemon_commands'));

const daemon = (environment: string, cluster: string): Actor => ({ kind: 'daemon', environment, cluster });

function by(actor: Actor) {
  return { actor, principal: { actor }, signal: new AbortController().signal, requestId: 'r' };
}

const observation = { sequence: 1, seenAt: new Date().toISOString(), observation: deployment('web') };
const batch = { outbox, daemon: daemonFacts, observations: [observation] };
const report = (actor: Actor, body: Parameters<typeof routes.reportObservations>[0]['body'] = batch) =>
  routes.reportObservations({ ...by(actor), params: {}, query: {}, body });

describe('W3: whom a daemon speaks for', () => {
  test('is the cluster of its token, whatever it sends', async () => {
    const lie = { ...batch, environment: 'prod', cluster: 'eu' };
    await report(daemon('dev', 'eu'), lie);
    const rows = await opened.database.db('observed_objects').select('environment', 'cluster');
    expect(rows).toEqual([{ environment: 'dev', cluster: 'eu' }]);
  });

  test('is nobody when it is no daemon', async () => {
    await expect(report({ kind: 'admin' })).rejects.toMatchObject({ code: 'daemon.not-one' });
  });

  test('and it ends no command of another cluster', async () => {
    await new CommandStore(opened.database.db).poke([{ environment: 'prod', cluster: 'eu' }], 'c', new Date());
    const [row] = await opened.database.db<{ id: string }>('daemon_commands');
    const finish = (actor: Actor) =>
      routes.finishCommand({ ...by(actor), params: { id: row?.id ?? '' }, query: {}, body: { outcome: 'done' } });
    await expect(finish(daemon('dev', 'eu'))).rejects.toMatchObject({ code: 'access.forbidden' });
    await expect(finish(daemon('prod', 'us'))).rejects.toMatchObject({ code: 'access.forbidden' });
    await expect(finish(daemon('prod', 'eu'))).resolves.toHaveProperty('finishedAt');
    await expect(
      routes.finishCommand({
        ...by(daemon('prod', 'eu')),
        params: { id: 'cmd_x' },
        query: {},
        body: { outcome: 'done' },
      }),
    ).rejects.toMatchObject({ code: 'daemon.no-command' });
  });
});

describe('waiting for commands', () => {
  const take = (actor: Actor, wait: number, signal = new AbortController().signal) =>
    routes.takeCommands({ ...by(actor), signal, params: {}, query: { wait, outbox }, body: {} } satisfies Parameters<
      typeof routes.takeCommands
    >[0]);
  const poke = (cluster: string) =>
    new CommandStore(opened.database.db).poke([{ environment: 'dev', cluster }], 'c', new Date());

  test('ends with the first one for this cluster', async () => {
    const waiting = take(daemon('dev', 'eu'), 50);
    await poke('us');
    await poke('eu');
    expect(await waiting).toMatchObject({ commands: [{ kind: 'flux.poke' }] });
  });

  test('takes nothing along when the daemon hangs up', async () => {
    const hangUp = new AbortController();
    const waiting = take(daemon('dev', 'eu'), 50, hangUp.signal);
    hangUp.abort();
    expect(await waiting).toEqual({ commands: [] } satisfies { commands: unknown[] });
    await poke('eu');
    expect((await take(daemon('dev', 'eu'), 0)).commands).toHaveLength(1);
  });
});
