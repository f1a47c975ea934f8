import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGitServer, testDatabase, type GitServer, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { startManagerProcess, type ManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { autoRelease, commitAsPerson, mainFile } from '../support/config-repo.ts';
import { makeArtifact } from '../support/make-artifact.ts';
import { createStubbornClient } from '../support/stubborn-client.ts';
import { adminToken, ask, eventually, repository } from './support/memory-scene.ts';
import { readTruth, type CommitSeen, type Truth } from './support/read-truth.ts';

interface Doctor {
  readonly checks: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly next?: string;
  }[];
}

/** One of two installations that were given the same config repo by mistake. */
interface Manager {
  readonly name: string;
  readonly url: string;
  readonly process: ManagerProcess;
  readonly test: TestDatabase;
  readonly services: readonly string[];
}

const shared = Array.from({ length: 5 }, (_, index) => `shared-${index + 1}`);
const builds = 3;
const names = ['production', 'staging'] as const;
const ownServices = (name: string): string[] => Array.from({ length: 3 }, (_, index) => `${name}-${index + 1}`);

let folder: string;
let git: GitServer;
let managers: readonly Manager[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'two-managers-'));
  git = await startGitServer();
  await git.create(repository);
  // What the branch pointed to, one after the other: a push by force would show.
  await git.git(repository, 'config', 'core.logAllRefUpdates', 'always');
  const all = [...shared, ...names.flatMap(ownServices)];
  const policies = all.map((service) => [`policies/${service}.yaml`, autoRelease(service)] as const);
  await commitAsPerson(git.url(repository), { 'release-manager.yaml': mainFile, ...Object.fromEntries(policies) });
  managers = await Promise.all(names.map(start));
});
afterEach(async () => {
  await Promise.all(managers.map(({ process }) => process.end('SIGKILL')));
  await Promise.all(managers.map(({ test }) => test.drop()));
  await git.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function start(name: string): Promise<Manager> {
  const test = await testDatabase();
  const process = startManagerProcess({
    home: folder,
    logFile: join(folder, `${name}.log`),
    settings: {
      DATA_DIR: join(folder, name),
      DATABASE_URL: test.url,
      CONFIG_REPO_URL: git.url(repository),
      CONFIG_REPO_POLL_SECONDS: '0.2',
      ADMIN_TOKEN: adminToken,
    },
  });
  const { url } = await process.ready;
  return { name, url, process, test, services: [...shared, ...ownServices(name)] };
}

/** Builds of every service, each released to staging by hand as soon as it is ready; @returns the releases that were accepted. */
async function work({ name, url, services }: Manager): Promise<string[]> {
  const client = createStubbornClient(url, adminToken);
  const accepted: string[] = [];
  const ship = async (service: string): Promise<void> => {
    for (let run = 1; run <= builds; run += 1) {
      const artifact = await makeArtifact({ service, branch: 'main', run });
      expect(await client.upload(artifact)).toMatchObject({ state: 'ready' });
      const { outcomes } = await client.release({
        service,
        artifact: artifact.spec.id,
        environments: ['staging'],
        idempotencyKey: `${name}-${artifact.spec.id}`,
      });
      for (const { release, outcome } of outcomes) {
        expect(outcome).toBe('accepted');
        if (release !== undefined) accepted.push(release.id);
      }
    }
  };
  await Promise.all(services.map(ship));
  return accepted;
}

/** Each in turn puts a build of the same service in the place of what the other one put there. @returns what each released */
async function takeTurns(): Promise<string[][]> {
  const released: string[][] = managers.map(() => []);
  for (let run = 1; run <= builds; run += 1) {
    for (const [index, { name, url, test }] of managers.entries()) {
      const { spec } = await makeArtifact({ service: shared[0] ?? '', branch: 'main', run });
      const wish = { service: spec.service, artifact: spec.id, environments: ['prod'] };
      const client = createStubbornClient(url, adminToken);
      const { outcomes } = await client.release({ ...wish, idempotencyKey: `turn-${name}-${run}` });
      const id = outcomes[0]?.release?.id ?? '';
      released[index]?.push(id);
      const state = () => test.database.db('releases').where({ id }).first<{ state: string }>('state');
      await eventually(state, (row) => row.state === 'committed');
    }
  }
  return released;
}

/** Nothing is on its way, and every database has seen the branch as it is. */
async function untilAllSettled(): Promise<void> {
  for (const manager of managers) await untilSettled(manager);
  // Whoever was settled first has not seen what the last one pushed.
  for (const manager of managers) await untilSettled(manager);
}

async function untilSettled({ test }: Manager): Promise<void> {
  const { db } = test.database;
  await eventually(
    async () => ({
      tip: (await git.git(repository, 'rev-parse', 'main')).trim(),
      known: await db('recovery').first<{ known_tip: string }>('known_tip'),
      queued: await db('releases').whereIn('state', ['requested', 'queued']).pluck('id'),
      unheard: await db('artifacts')
        .where({ branch: 'main' })
        .whereNotIn('id', db('releases').where({ automatic: true }).select('artifact_id'))
        .pluck('id'),
    }),
    ({ tip, known, queued, unheard }) => known.known_tip === tip && queued.length + unheard.length === 0,
  );
}

/** Paths that a release may change. */
function ownPaths(target: string): RegExp {
  const [environment = '', service = ''] = target.split('/');
  return new RegExp(
    `^(?:${environment}/releases/shop/${service}/|clusters/${environment}/shop/(?:${service}|namespace)[.]yaml$)`,
  );
}

/** What would show that one manager went over the other. */
async function findTrespasses(commits: readonly CommitSeen[]): Promise<string[]> {
  const found: string[] = [];
  for (const { sha, target } of commits) {
    const paths = await git.git(repository, 'diff-tree', '-r', '--no-commit-id', '--name-only', sha);
    const strange = paths.split('\n').filter((path) => path !== '' && !ownPaths(target).test(path));
    if (strange.length > 0) found.push(`${sha} of ${target} changes ${strange.join(', ')}`);
  }
  const moves = (await git.git(repository, 'log', '--walk-reflogs', '--format=%H', 'main')).trim().split('\n');
  for (const [index, before] of moves.slice(1).entries()) {
    const after = moves[index] ?? '';
    const base = await git.git(repository, 'merge-base', before, after);
    if (base.trim() !== before) found.push(`the branch was forced from ${before} to ${after}`);
  }
  return found;
}

const otherManagers = async ({ url }: Manager) =>
  (await ask<Doctor>(url, '/v1/doctor')).checks.find(({ name }) => name === 'other managers');

/** Each release is in one commit, and each database knows all of them but speaks for its own. */
function expectExactlyOnce(
  truth: Truth,
  asked: { readonly here: readonly string[]; readonly there: readonly string[] },
) {
  const { releases, openAttempts, committedEntries, commits, folders } = truth;
  const carried = commits.map(({ releaseId }) => releaseId);
  expect(new Set(carried).size).toBe(carried.length);
  expect(carried).toEqual(expect.arrayContaining([...asked.here, ...asked.there]));
  const inGit = new Map(commits.map(({ releaseId, sha }) => [releaseId, sha]));
  const committed = releases.filter(({ commit_sha: sha }) => sha !== null);
  expect(new Map(committed.map(({ id, commit_sha: sha }) => [id, sha]))).toEqual(inGit);
  expect(openAttempts).toBe(0);
  for (const id of asked.here) expect(committedEntries.get(id)).toBe(1);
  for (const id of asked.there) expect(committedEntries.get(id)).toBeUndefined();
  const last = new Map(commits.map(({ target, releaseId }) => [target, releaseId]));
  expect(new Map([...folders].map(([target, { releaseId }]) => [target, releaseId]))).toEqual(last);
}

async function expectSaysSo(manager: Manager): Promise<void> {
  const found = await otherManagers(manager);
  expect(found).toMatchObject({ status: 'failed', next: expect.stringContaining('resume --all') as string });
  expect(found?.message).toContain('by release-manager <release-manager@localhost>');
  const log = await readFile(join(folder, `${manager.name}.log`), 'utf8');
  expect(log).toContain('another manager writes to this branch of the config repo; automation is held');
}

const truthOf = ({ test }: Manager): Promise<Truth> => readTruth(test.database, git, repository);

it('lose and double nothing of each other on one branch, and both say so', async () => {
  const [production, staging] = managers;
  if (production === undefined || staging === undefined) throw new Error('there are two');
  const asked = await Promise.all([work(production), work(staging)]);
  const turns = await takeTurns();
  const [here = [], there = []] = asked.map((ids, index) => [...ids, ...(turns[index] ?? [])]);
  await untilAllSettled();
  const truth = await truthOf(production);
  expect(await findTrespasses(truth.commits)).toEqual([]);
  expectExactlyOnce(truth, { here, there });
  expectExactlyOnce(await truthOf(staging), { here: there, there: here });
  await expectSaysSo(production);
  await expectSaysSo(staging);

  // What doctor says is done: one of them stops, and the other one's automation goes on.
  await staging.process.end('SIGTERM');
  await untilSettled(production);
  await eventually(
    () => ask<{ state: string }>(production.url, '/v1/recovery'),
    ({ state }) => state === 'held',
  );
  await ask(production.url, '/v1/recovery/resume', {});
  await untilSettled(production);
  expect(await otherManagers(production)).toMatchObject({ status: 'ok' });
  const after = await truthOf(production);
  expect(after.releases.filter(({ state }) => state === 'waiting')).toEqual([]);
  expect(await findTrespasses(after.commits)).toEqual([]);
  expectExactlyOnce(after, { here, there });
});
