import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGitServer, testDatabase, type GitServer, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { startManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { commitAsPerson, mainFile } from '../support/config-repo.ts';
import { eventually } from './support/memory-scene.ts';

const repository = 'config';
const services = 2_000;

let folder: string;
let git: GitServer;
let test: TestDatabase;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cold-stop-'));
  git = await startGitServer();
  await git.create(repository);
  const manifest = (service: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${service}\n`;
  const files = Array.from({ length: services }, (_, index): [string, string] => {
    const service = `service-${index}`;
    return [`dev/releases/shop/${service}/config.yaml`, manifest(service)];
  });
  await commitAsPerson(git.url(repository), { 'release-manager.yaml': mainFile, ...Object.fromEntries(files) });
  test = await testDatabase();
});
afterEach(async () => {
  git.beforeRequest(undefined);
  await git.stop();
  await test.drop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

function start() {
  return startManagerProcess({
    home: folder,
    logFile: join(folder, 'manager.log'),
    settings: {
      DATA_DIR: join(folder, 'data'),
      DATABASE_URL: test.url,
      CONFIG_REPO_URL: git.url(repository),
      CONFIG_REPO_POLL_SECONDS: '30',
      ADMIN_TOKEN: 'a-token-for-tests-only-0123456789',
    },
  });
}

const indexed = async (): Promise<number> => (await test.database.db('owned_folders').pluck('service')).length;

/** What took longer than its ten seconds to stop would be said, and end the process with 1. */
async function expectCleanEnd(manager: ReturnType<typeof start>): Promise<void> {
  expect(await manager.end('SIGTERM')).toMatchObject({ code: 0, signal: null });
  expect(await readFile(join(folder, 'manager.log'), 'utf8')).not.toContain('part did not stop');
}

it('stops while it waits for the contents of a large repository, and while it reads them, and finishes later', async () => {
  // The second fetch asks for what the first one left out: the contents of all files. It hangs.
  const asked = Promise.withResolvers<void>();
  let fetches = 0;
  git.beforeRequest(({ kind }) => {
    if (kind !== 'fetch') return 'none';
    fetches += 1;
    if (fetches < 2) return 'none';
    asked.resolve();
    return 'stall';
  });
  const hanging = start();
  await hanging.ready;
  await asked.promise;
  await expectCleanEnd(hanging);
  expect(await indexed()).toBe(0);

  // As soon as it is ready it reads; nothing of it counts before all of it was read.
  git.beforeRequest(undefined);
  const reading = start();
  await reading.ready;
  await expectCleanEnd(reading);
  expect([0, services]).toContain(await indexed());

  const whole = start();
  await eventually(indexed, (count) => count === services);
  await expectCleanEnd(whole);
});
