import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { openDatabase, startEmbeddedPostgres, type Database } from '@release-manager/postgres';
import { startGitServer, testDatabase, type GitServer } from '@release-manager/testing';
import { describe, expect, it } from 'vitest';

import { startManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { autoRelease, commitAsPerson, mainFile } from '../support/config-repo.ts';
import { createRandom } from '../support/random.ts';
import { createStubbornClient } from '../support/stubborn-client.ts';
import { burstServices, runBurst } from './support/burst.ts';
import { findLostArtifacts, findWrongs } from './support/check-truth.ts';
import { killAndRestart } from './support/killer.ts';
import { readTruth } from './support/read-truth.ts';

const repository = 'config';
const adminToken = 'a-token-for-tests-only-0123456789';
const kills = 4;
/** `KILL_SEEDS=7,8,9` runs others, as a run that failed names them. */
const seeds = (process.env['KILL_SEEDS'] ?? '1,2,3').split(',').map(Number);

interface Scene {
  readonly folder: string;
  readonly git: GitServer;
  readonly settings: Readonly<Record<string, string>>;
}

async function setScene(extra: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'kill-'));
  const git = await startGitServer();
  await git.create(repository);
  const policies = burstServices.map((name) => [`policies/${name}.yaml`, autoRelease(name)] as const);
  await commitAsPerson(git.url(repository), { 'release-manager.yaml': mainFile, ...Object.fromEntries(policies) });
  const settings = {
    DATA_DIR: join(folder, 'data'),
    ARTIFACT_STORE: `file:${join(folder, 'store')}`,
    CONFIG_REPO_URL: git.url(repository),
    CONFIG_REPO_POLL_SECONDS: '1',
    ADMIN_TOKEN: adminToken,
    ...extra,
  };
  return { folder, git, settings };
}

/** Kills and burst at once; resolves when all who asked have their answers. @returns what they remember, and the survivor */
async function act({ folder, git, settings }: Scene, seed: number) {
  const random = createRandom(seed);
  const ready = Promise.withResolvers<string>();
  const killed = killAndRestart({
    settings,
    home: folder,
    logFile: join(folder, 'manager.log'),
    random: createRandom(seed + 1_000),
    kills,
    git,
    onReady: ready.resolve,
  });
  killed.catch(ready.reject);
  const [memory, aftermath] = await Promise.all([
    ready.promise.then((url) => runBurst(createStubbornClient(url, adminToken), seed, random)),
    killed,
  ]);
  return { memory, ...aftermath };
}

async function untilQuiet(countOpen: () => Promise<number>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await countOpen()) > 0) {
    if (Date.now() > deadline) return;
    await wait(100);
  }
}

async function countOpen({ db }: Database): Promise<number> {
  const releases = await db('releases').whereIn('state', ['requested', 'queued', 'waiting']).select('id');
  const artifacts = await db('artifacts').whereIn('state', ['pending', 'uploaded']).select('id');
  // A ready artifact of main without its automatic release has a job that is not done yet.
  const missing = await db('artifacts')
    .where({ branch: 'main', state: 'ready' })
    .whereNotIn('id', db('releases').where({ automatic: true }).select('artifact_id'))
    .select('id');
  return releases.length + artifacts.length + missing.length;
}

/** What is wrong, followed by what helps to find out why; nothing when all is well. */
async function judge(scene: Scene, database: Database, acted: Awaited<ReturnType<typeof act>>): Promise<string[]> {
  const truth = await readTruth(database, scene.git, repository);
  const wrongs = [
    ...findWrongs(truth, acted.memory),
    ...(await findLostArtifacts(truth, join(scene.folder, 'store'))),
    ...(truth.commits.length < 60 ? [`only ${truth.commits.length} releases were committed`] : []),
  ];
  if (wrongs.length === 0) return [];
  const log = await readFile(join(scene.folder, 'manager.log'), 'utf8');
  return [...wrongs, `killed ${acted.struck.join('; ')}`, ...log.split('\n').slice(-40)];
}

describe.each(seeds)('kill -9 during a burst of releases, seed %i', (seed) => {
  it('loses and doubles nothing on a Postgres that stays', async () => {
    const test = await testDatabase();
    const { database } = test;
    const scene = await setScene({ DATABASE_URL: test.url });
    const acted = await act(scene, seed);
    await untilQuiet(() => countOpen(database));
    await acted.survivor.end('SIGTERM');
    expect(await judge(scene, database, acted)).toEqual([]);
    await test.drop();
    await tidyUp(scene);
  });

  it('loses and doubles nothing while a second worker takes over and gives back', async () => {
    const test = await testDatabase();
    const scene = await setScene({ DATABASE_URL: test.url });
    const { folder } = scene;
    const settings = { ...scene.settings, DATA_DIR: join(folder, 'second'), ROLE: 'worker' };
    const second = startManagerProcess({ home: folder, logFile: join(folder, 'second.log'), settings });
    await second.ready;
    const acted = await act(scene, seed);
    await untilQuiet(() => countOpen(test.database));
    await Promise.all([acted.survivor.end('SIGTERM'), second.end('SIGTERM')]);
    expect(await judge(scene, test.database, acted)).toEqual([]);
    await test.drop();
    await tidyUp(scene);
  });

  it('loses and doubles nothing when the embedded Postgres dies with it', async () => {
    const scene = await setScene();
    const acted = await act(scene, seed);
    const { url } = await acted.survivor.ready;
    await untilQuiet(() => countOpenOverHttp(url));
    await acted.survivor.end('SIGTERM');
    const server = await startEmbeddedPostgres({ dataDir: join(scene.folder, 'data', 'postgres') });
    const database = openDatabase({ url: server.url, applicationName: 'checker', poolSize: 2 });
    expect(await judge(scene, database, acted)).toEqual([]);
    await database.close();
    await server.stop();
    await tidyUp(scene);
  });
});

/** Its Postgres is the manager's own and has no address for others; the truth is read once it has ended. */
async function countOpenOverHttp(url: string): Promise<number> {
  let open = 0;
  const count = async (path: string): Promise<unknown[]> => {
    const response = await fetch(`${url}/v1/${path}`, { headers: { authorization: `Bearer ${adminToken}` } });
    return ((await response.json()) as { items: unknown[] }).items;
  };
  for (const state of ['requested', 'queued', 'waiting']) open += (await count(`releases?state=${state}`)).length;
  for (const state of ['pending', 'uploaded']) open += (await count(`artifacts?state=${state}`)).length;
  const automatic = (await count('releases?environment=dev&limit=500')).length;
  return open + (burstServices.length * 2 - automatic);
}

async function tidyUp({ folder, git }: Scene): Promise<void> {
  await git.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
