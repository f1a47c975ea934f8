import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGitServer, testDatabase, type GitServer, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startManagerProcess, type ManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { autoRelease, commitAsPerson, mainFile } from '../support/config-repo.ts';
import { makeArtifact } from '../support/make-artifact.ts';
import type { BurstMemory } from './support/burst.ts';
import { findLostArtifacts, findWrongs } from './support/check-truth.ts';
import { startFollower } from './support/faithful-follower.ts';
import { createPickyClient } from './support/picky-client.ts';
import { readTruth } from './support/read-truth.ts';
import { startRoundRobin, type RoundRobin } from './support/round-robin.ts';

const repository = 'config';
const adminToken = 'a-token-for-tests-only-0123456789';
const names = ['a', 'b'] as const;
/** One build each, so that nothing is superseded and all that was asked for has to be there in the end. */
const services = Array.from({ length: 150 }, (_, index) => `service-${index + 1}`);

let folder: string;
let git: GitServer;
let test: TestDatabase;
let balancer: RoundRobin;
const running = new Map<string, ManagerProcess>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rolling-'));
  git = await startGitServer();
  await git.create(repository);
  const policies = services.map((name) => [`policies/${name}.yaml`, autoRelease(name)] as const);
  await commitAsPerson(git.url(repository), { 'release-manager.yaml': mainFile, ...Object.fromEntries(policies) });
  test = await testDatabase();
  balancer = await startRoundRobin();
});
afterEach(async () => {
  await Promise.all([...running.values()].map((manager) => manager.end('SIGKILL')));
  running.clear();
  await balancer.stop();
  await git.stop();
  await test.drop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Resolves once the load balancer gives it connections. */
async function start(name: string): Promise<void> {
  const manager = startManagerProcess({
    home: folder,
    logFile: join(folder, `${name}.log`),
    settings: {
      DATA_DIR: join(folder, name),
      DATABASE_URL: test.url,
      PUBLIC_URL: balancer.url,
      ARTIFACT_STORE: `file:${join(folder, 'artifacts')}`,
      CONFIG_REPO_URL: git.url(repository),
      CONFIG_REPO_POLL_SECONDS: '1',
      ADMIN_TOKEN: adminToken,
      DRAIN_SECONDS: '1',
    },
  });
  running.set(name, manager);
  await manager.ready;
  await balancer.add(`http://127.0.0.1:${await portOf(name)}`);
}

/** Both call themselves by the address of the load balancer; the log says where each listens. */
async function portOf(name: string): Promise<number> {
  const lines = (await readFile(join(folder, `${name}.log`), 'utf8')).split('\n');
  const ready = lines.findLast((line) => line.includes('"manager is ready"')) ?? '{}';
  return (JSON.parse(ready) as { port: number }).port;
}

/** One after the other, as a deployment with `maxUnavailable: 0` does. */
async function roll(): Promise<void> {
  for (const name of names) {
    const exit = await running.get(name)?.end('SIGTERM');
    expect(exit).toMatchObject({ code: 0, signal: null });
    await start(name);
  }
}

/** Builds, releases and looks, service after service, until `enough`; rejects at the first answer that is not a good one. */
async function work(left: string[], memory: Memory, enough: () => boolean): Promise<void> {
  const client = createPickyClient(balancer.url, adminToken);
  try {
    for (let service = left.shift(); service !== undefined && !enough(); service = left.shift()) {
      const artifact = await makeArtifact({ service, branch: 'main', run: 1 });
      expect(await client.upload(artifact)).toBe('ready');
      memory.artifacts.push(artifact);
      const asked = { service, artifact: artifact.spec.id, environments: ['staging'] };
      const { outcomes } = (await client.call('POST', 'releases', asked)) as unknown as Answer;
      memory.outcomes.push(...outcomes.map(({ release, ...rest }) => ({ releaseId: release.id, ...rest })));
      await client.call('GET', `status?service=${service}`);
      await client.call('GET', 'ledger?limit=5');
    }
  } finally {
    client.close();
  }
}

interface Memory extends BurstMemory {
  readonly artifacts: BurstMemory['artifacts'][number][];
  readonly outcomes: BurstMemory['outcomes'][number][];
}

interface Answer {
  readonly outcomes: readonly { release: { id: string }; environment: string; outcome: string }[];
}

/** What was accepted and is not done: releases without a commit, artifacts without a verdict or without their release. */
async function countOpen(): Promise<number> {
  const { db } = test.database;
  const releases = await db('releases').whereIn('state', ['requested', 'queued', 'waiting']).select('id');
  const artifacts = await db('artifacts').whereIn('state', ['pending', 'uploaded']).select('id');
  const unreleased = await db('artifacts')
    .where({ branch: 'main', state: 'ready' })
    .whereNotIn('id', db('releases').where({ automatic: true }).select('artifact_id'))
    .select('id');
  return releases.length + artifacts.length + unreleased.length;
}

describe('a rolling restart of two managers behind a load balancer', () => {
  it('is seen by nobody who asks, and those who follow miss and double nothing', async () => {
    await Promise.all(names.map(start));
    const followers = Array.from({ length: 3 }, () => startFollower(balancer.url, adminToken));
    await Promise.all(followers.map(({ connected }) => connected));

    const memory: Memory = { artifacts: [], outcomes: [] };
    let rolled = false;
    const left = [...services];
    const workers = Array.from({ length: 4 }, () => work(left, memory, () => rolled));
    const rolling = roll().finally(() => (rolled = true));
    await Promise.all([rolling, ...workers]);
    // Both of before, and at least the first one of after.
    expect(balancer.given.size).toBeGreaterThanOrEqual(3);

    await expect.poll(countOpen, { timeout: 60_000, interval: 100 }).toBe(0);
    const truth = await readTruth(test.database, git, repository);
    expect([...findWrongs(truth, memory), ...(await findLostArtifacts(truth, join(folder, 'artifacts')))]).toEqual([]);

    const recorded = await wholeLedger();
    expect(recorded.length).toBeGreaterThan(100);
    for (const follower of followers) {
      await expect.poll(() => follower.seen.at(-1), { timeout: 10_000 }).toBe(recorded.at(-1));
      await follower.stop();
      expect(follower.seen).toEqual(recorded);
      expect(follower.refusals).toEqual([]);
      expect(follower.streams()).toBeGreaterThan(1);
    }
  });
});

/** Events come in the order of transactions and, within one, of entries: the id of an event is made of both. */
function byPosition(a: string, b: string): number {
  const [first = [], second = []] = [a, b].map((id) => id.split('-').map(Number));
  return (first[0] ?? 0) - (second[0] ?? 0) || (first[1] ?? 0) - (second[1] ?? 0);
}

/** Ids of all entries, the first one first. */
async function wholeLedger(): Promise<string[]> {
  const client = createPickyClient(balancer.url, adminToken);
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.call('GET', `ledger?limit=500${cursor === undefined ? '' : `&cursor=${cursor}`}`);
    ids.push(...(page['items'] as { id: string }[]).map(({ id }) => id));
    cursor = page['nextCursor'] as string | undefined;
  } while (cursor !== undefined);
  client.close();
  return ids.toSorted(byPosition);
}
