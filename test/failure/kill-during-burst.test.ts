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
import { burstServices, prepareBurst, runBurst } from './support/burst.ts';
import { findLostArtifacts, findWrongs } from './support/check-truth.ts';
import { killAndRestart } from './support/killer.ts';
import { readTruth } from './support/read-truth.ts';

const repository = 'config';
const adminToken = 'a-token-for-tests-only-0123456789';
const kills = 5;
const size = 60;
/** 240 by hand, and to dev at least the newest build of each service. */
const fewestCommits = 300;
/** `KILL_SEEDS=11,12` runs others, as a run that failed names them. */
const seeds = (process.env['KILL_SEEDS'] ?? '1,2,3,4,5,6,7,8,9,10').split(',').map(Number);
const burst = await prepareBurst(size);

interface Scene {
  readonly folder: string;
  readonly git: GitServer;
  readonly settings: Readonly<Record<string, string>>;
}

async function setScene(extra: Readonly<Record<string, string>> = {}): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'kill-'));
  const git = await startGitServer();
  await git.create(repository);
  const policies = burstServices(size).map((name) => [`policies/${name}.yaml`, autoRelease(name)] as const);
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
  const lives = Array.from({ length: kills + 1 }, () => Promise.withResolvers<string>());
  for (const { promise } of lives) promise.catch(() => undefined);
  const killed = killAndRestart({
    settings,
    home: folder,
    logFile: join(folder, 'manager.log'),
    random: createRandom(seed + 1_000),
    kills,
    git,
    onReady: (url, life) => lives[life]?.resolve(url),
  });
  killed.catch((error: unknown) => lives.forEach(({ reject }) => reject(error)));
  // Each life of the manager begins with services that have asked for nothing yet, so that every kill strikes a busy one.
  const mayBegin = async (place: number): Promise<void> => {
    await lives[place % lives.length]?.promise;
  };
  const [memory, aftermath] = await Promise.all([
    lives[0]?.promise.then((url) => runBurst(createStubbornClient(url, adminToken), burst, { seed, random, mayBegin })),
    killed,
  ]);
  if (memory === undefined) throw new Error('there was no burst');
  return { memory, ...aftermath };
}

/** Until nothing is open, or for a minute nothing has changed. */
async function untilQuiet(countOpen: () => Promise<number>): Promise<void> {
  let changedAt = Date.now();
  let before: number | undefined;
  while (Date.now() - changedAt < 60_000) {
    const open = await countOpen();
    if (open === 0) return;
    if (open !== before) changedAt = Date.now();
    before = open;
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
    ...(truth.commits.length < fewestCommits ? [`only ${truth.commits.length} releases were committed`] : []),
  ];
  if (wrongs.length === 0) return [];
  const log = await readFile(join(scene.folder, 'manager.log'), 'utf8');
  return [...wrongs, `killed ${acted.struck.join('; ')}`, ...log.split('\n').slice(-40)];
}

/** A burst with its kills, on one of three installations; @returns what is wrong afterwards. */
const variants = [
  {
    name: 'on a Postgres that stays',
    async run(seed: number): Promise<string[]> {
      const test = await testDatabase();
      const scene = await setScene({ DATABASE_URL: test.url });
      const acted = await act(scene, seed);
      await untilQuiet(() => countOpen(test.database));
      await acted.survivor.end('SIGTERM');
      const wrongs = await judge(scene, test.database, acted);
      await test.drop();
      await tidyUp(scene);
      return wrongs;
    },
  },
  {
    name: 'while a second worker takes over and gives back',
    async run(seed: number): Promise<string[]> {
      const test = await testDatabase();
      const scene = await setScene({ DATABASE_URL: test.url });
      const { folder } = scene;
      const settings = { ...scene.settings, DATA_DIR: join(folder, 'second'), ROLE: 'worker' };
      const second = startManagerProcess({ home: folder, logFile: join(folder, 'second.log'), settings });
      await second.ready;
      const acted = await act(scene, seed);
      await untilQuiet(() => countOpen(test.database));
      await Promise.all([acted.survivor.end('SIGTERM'), second.end('SIGTERM')]);
      const wrongs = await judge(scene, test.database, acted);
      await test.drop();
      await tidyUp(scene);
      return wrongs;
    },
  },
  {
    name: 'when the embedded Postgres dies with it',
    async run(seed: number): Promise<string[]> {
      const scene = await setScene();
      const acted = await act(scene, seed);
      const { url } = await acted.survivor.ready;
      await untilQuiet(() => countOpenOverHttp(url));
      await acted.survivor.end('SIGTERM');
      const server = await startEmbeddedPostgres({ dataDir: join(scene.folder, 'data', 'postgres') });
      const database = openDatabase({ url: server.url, applicationName: 'checker', poolSize: 2 });
      const wrongs = await judge(scene, database, acted);
      await database.close();
      await server.stop();
      await tidyUp(scene);
      return wrongs;
    },
  },
];

describe('kill -9 during a burst of releases loses and doubles nothing', () => {
  for (const seed of seeds) {
    // Each seed on one installation: ten of them are more worth than each on all three.
    const variant = variants[seed % variants.length];
    // Three times what it took at a load of 17 on two cores.
    it(`${variant?.name}, seed ${seed}`, { timeout: 600_000 }, async () => {
      expect(await variant?.run(seed)).toEqual([]);
    });
  }
});

/** Its Postgres is the manager's own and has no address for others; the truth is read once it has ended. */
async function countOpenOverHttp(url: string): Promise<number> {
  const items = async (path: string): Promise<unknown[]> => {
    const response = await fetch(`${url}/v1/${path}`, { headers: { authorization: `Bearer ${adminToken}` } });
    return ((await response.json()) as { items: unknown[] }).items;
  };
  const open = [
    ...['requested', 'queued', 'waiting'].map((state) => `releases?state=${state}`),
    ...['pending', 'uploaded'].map((state) => `artifacts?state=${state}`),
  ];
  const counts = await Promise.all(open.map(async (path) => (await items(path)).length));
  const automatic = (await items('releases?environment=dev&limit=500')).length;
  return counts.reduce((sum, count) => sum + count, 0) + (size * 2 - automatic);
}

async function tidyUp({ folder, git }: Scene): Promise<void> {
  await git.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}
