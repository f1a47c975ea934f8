import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

import { createContext, createLifecycle, createRedactor, silentLogger, type Lifecycle } from '@release-manager/runtime';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { startManager, type RunningManager } from './compose.ts';
import { readConfig } from './config.ts';

const run = promisify(execFile);
const adminToken = 'a-token-for-tests-only-0123456789';

let folder: string;
let database: TestDatabase;
let lifecycle: Lifecycle;
let exitCode: number | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compose-'));
  database = await testDatabase();
  exitCode = undefined;
  lifecycle = createLifecycle({
    logger: silentLogger,
    process: { on: () => undefined, exit: (code) => (exitCode = code) },
  });
});
afterEach(async () => {
  await lifecycle.stop('the test is over');
  await database.drop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

function start(settings: Readonly<Record<string, string>> = {}): Promise<RunningManager> {
  const config = readConfig({
    PORT: '0',
    METRICS_PORT: '0',
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: database.url,
    ADMIN_TOKEN: adminToken,
    CONFIG_REPO_POLL_SECONDS: '0.2',
    ...settings,
  });
  return startManager(config, {
    logger: silentLogger,
    context: createContext(),
    redactor: createRedactor(),
    lifecycle,
  });
}

/** Takes every connection and says nothing. */
async function silentHost(): Promise<{ readonly port: number; close(): void }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function freePort(): Promise<number> {
  const host = await silentHost();
  host.close();
  return host.port;
}

async function until<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const value = await look().catch(() => undefined);
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error('it did not come about within 15 s');
    await wait(20);
  }
}

test('a config repo host that hangs: alive from the first moment, then an API that says what is missing', async () => {
  const host = await silentHost();
  const port = await freePort();
  const starting = start({ PORT: String(port), CONFIG_REPO_URL: `http://127.0.0.1:${host.port}/config.git` });
  const alive = await until(() => fetch(`http://localhost:${port}/healthz`));
  expect(alive.status).toBe(200);
  const { url } = await starting;
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.text()).toContain('was not read yet');
  const headers = { authorization: `Bearer ${adminToken}` };
  expect((await fetch(`${url}/v1/services`, { headers })).status).toBe(200);
  // A writer in the middle of a look waits for git, which ends with its connection.
  host.close();
  await lifecycle.stop('the test looks at the exit code');
  expect(exitCode).toBe(0);
});

test('a metrics port that is taken is said before the database is opened', async () => {
  const host = await silentHost();
  const settings = { METRICS_PORT: String(host.port), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
  await expect(start(settings)).rejects.toMatchObject({ code: 'http.port-taken' });
  host.close();
});

test('people.yaml says what the person of a token is called, from the look on that sees it', async () => {
  const { url } = await start();
  const made = await fetch(`${url}/v1/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      kind: 'personal',
      name: 'laptop',
      person: { id: 'ada', name: 'ada', email: 'old@example.com' },
    }),
  });
  const { secret } = (await made.json()) as { secret: string };
  const whoami = async (): Promise<unknown> => {
    const response = await fetch(`${url}/v1/whoami`, { headers: { authorization: `Bearer ${secret}` } });
    return ((await response.json()) as { actor: unknown }).actor;
  };
  expect(await whoami()).toMatchObject({ email: 'old@example.com' });

  const clone = join(folder, 'clone');
  await run('git', ['clone', '--quiet', join(folder, 'data', 'git', 'config.git'), clone]);
  await writeFile(
    join(clone, 'people.yaml'),
    'teams: []\npeople:\n  - { id: ada, name: Ada L., emails: [ada@example.com, second@example.com] }\n',
  );
  const author = ['-c', 'user.name=Pat', '-c', 'user.email=pat@example.com'];
  await run('git', ['-C', clone, ...author, 'commit', '--quiet', '--all', '--message', 'who is who']);
  await run('git', ['-C', clone, 'push', '--quiet']);
  const seen = await until(async () => {
    const actor = await whoami();
    return JSON.stringify(actor).includes('old@example.com') ? undefined : actor;
  });
  expect(seen).toMatchObject({ kind: 'person', email: 'ada@example.com' });
});
