import type { DaemonFacts, Observation } from '@release-manager/contract';
import { silentLogger } from '@release-manager/runtime';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ada, manifests, openReleaseRoom, type ReleaseRoom } from '../../../testing/release-room.ts';
import { toReleaseView, type Release } from '../../releases/index.ts';
import { CommandStore } from '../commands/command-store.ts';
import { container, crashed, crashLog, daemonFacts, deployment, kustomization, pod } from '../facts.testing.ts';
import { takeBatch } from '../intake/take-batch.ts';
import { LookStore, type Look } from '../looks/look-store.ts';
import { readRollout } from '../rollout-view.ts';
import { createCommittedStates } from '../drift/committed-states.ts';
import { createAncestry } from './ancestry.ts';
import { judgeDue } from './judge-loop.ts';
import { judgeTarget, type JudgeDeps } from './judge-target.ts';
import { RolloutStore } from './rollout-store.ts';

let room: ReleaseRoom;
let deps: JudgeDeps;
let now: Date;
const hops: string[] = [];
const sequences = new Map<string, number>();

beforeAll(async () => {
  room = await openReleaseRoom({
    mainFile: `environments:
  - { name: dev }
  - { name: prod, clusters: [eu, us] }
  - { name: quiet }
`,
  });
  deps = {
    database: room.database,
    ancestry: createAncestry(room.repo.mirror, () => room.repo.refresh()),
    committed: createCommittedStates(room.repo.mirror, silentLogger),
    snapshot: () => room.repo.snapshot(),
    hops: { applied: () => hops.push('applied'), healthy: () => hops.push('healthy') },
    logger: silentLogger,
    now: () => now,
  };
});
afterAll(() => room.close());
beforeEach(() => {
  // The room goes by the real clock; what it writes is the past for the judge, whose clock moves only here.
  now = new Date(Date.now() + 3_600_000);
  hops.length = 0;
});

const later = (seconds: number): void => {
  now = new Date(now.getTime() + seconds * 1000);
};

/** The daemon of a cluster says something, and the judge looks until nothing is due. */
async function tell(observations: readonly Observation[], cluster = 'dev/default', facts: Partial<DaemonFacts> = {}) {
  const [environment = '', name = ''] = cluster.split('/');
  const from = sequences.get(cluster) ?? 1;
  sequences.set(cluster, from + observations.length);
  await takeBatch(
    { database: room.database, now: () => now },
    { environment, cluster: name },
    {
      outbox: 'a'.repeat(32),
      daemon: { ...daemonFacts, ...facts },
      observations: observations.map((observation, index) => ({
        sequence: from + index,
        seenAt: now.toISOString(),
        observation,
      })),
    },
  );
  await judge();
}

async function judge(): Promise<void> {
  while ((await judgeDue(deps)) > 0);
}

/** Takes what is due as a judge would, and gives the look at one service. */
async function take(service: string): Promise<Look> {
  const look = (await new LookStore(room.database.db).take(100, now)).find((each) => each.service === service);
  if (look === undefined) throw new Error(`${service} is not due`);
  return look;
}

let version = 1000;
const newer = (): string => String((version += 1));

async function put(service: string, text: string, environment = 'dev'): Promise<Release> {
  const files = manifests(service, text);
  const artifact = await room.artifact({ service, text, environments: { dev: files, prod: files, quiet: files } });
  const { outcomes } = await room.service.request(ada, {
    service,
    environments: [environment],
    what: { artifact: artifact.id },
  });
  const id = outcomes[0]?.release?.id ?? '';
  return room.release(id);
}

const applied = (service: string, commit: string | undefined): Observation =>
  kustomization(service, { resourceVersion: newer(), lastAppliedRevision: `main@sha1:${commit ?? ''}` });
const live = (service: string, release: string, more: Parameters<typeof deployment>[1] = {}): Observation =>
  deployment(service, {
    release,
    desired: 1,
    current: 1,
    updated: 1,
    ready: 1,
    available: 1,
    resourceVersion: newer(),
    ...more,
  });
const up = (service: string): Observation => pod(service, 0, { resourceVersion: newer() });
const down = (service: string, restarts: number): Observation =>
  pod(service, 0, { resourceVersion: newer(), ready: false, containers: [crashed(restarts)] });

const state = async (id: string): Promise<string> => (await room.release(id)).state;
const record = async (id: string): Promise<string[]> =>
  (
    await room.database
      .db<{ release_id: string; kind: string; id: number }>('ledger')
      .where({ release_id: id })
      .orderBy('id')
  ).map(({ kind }) => kind);

test('committed, applied, rolling out, healthy: each is one row of the record', async () => {
  await tell([]);
  const { id } = await put('web', 'a');
  await room.write();
  await judge();
  const committed = await room.release(id);
  expect(toReleaseView(committed)).toMatchObject({ state: 'committed', ended: false });
  expect(toReleaseView(committed).says).toContain('waits for Flux: Flux has neither a Kustomization of web');

  await tell([applied('web', committed.commitSha)]);
  expect(toReleaseView(await room.release(id))).toMatchObject({ state: 'applied', ended: false });
  await tell([live('web', id, { available: 0, ready: 0 })]);
  expect(toReleaseView(await room.release(id))).toMatchObject({
    state: 'rolling-out',
    says: 'Deployment web 0 of 1 pods are available',
  });
  await tell([live('web', id), up('web')]);
  expect(toReleaseView(await room.release(id))).toMatchObject({
    state: 'healthy',
    ended: true,
    says: 'healthy, 1 pod available',
  });
  expect(await record(id)).toEqual([
    'release.queued',
    'release.committed',
    'release.applied',
    'release.rolling-out',
    'release.healthy',
  ]);
  expect(hops).toEqual(['applied', 'healthy']);
  const [rollout] = await new RolloutStore(room.database.db).of([id]);
  expect(rollout).toMatchObject({
    phase: 'healthy',
    watch: 'current',
    verdict: { workloads: [{ done: 1, wanted: 1 }] },
  });

  const again = (await record(id)).length;
  await tell([live('web', id), up('web'), applied('web', committed.commitSha)]);
  expect(await record(id)).toHaveLength(again);
});

test('where no daemon has ever reported a release ends at committed', async () => {
  const { id } = await put('calm', 'a', 'quiet');
  await room.write();
  await judge();
  expect(toReleaseView(await room.release(id))).toMatchObject({ state: 'committed', ended: true });
  expect(await new RolloutStore(room.database.db).of([id])).toEqual([]);

  const heard = toReleaseView(await room.release(id)).says;
  expect(heard).toContain('no daemon reports');
  await tell([], 'quiet/default');
  expect(toReleaseView(await room.release(id))).toMatchObject({ state: 'committed', ended: false });
});

test('one push asks each cluster once to look', async () => {
  await tell([]);
  await room.database.db('daemon_commands').delete();
  await put('poke-a', 'a');
  const last = await put('poke-b', 'a');
  await room.write();
  const commands = await new CommandStore(room.database.db).lease(
    { environment: 'dev', cluster: 'default' },
    new Date(),
  );
  expect(commands).toMatchObject([{ kind: 'flux.poke', commit: (await room.release(last.id)).commitSha }]);
});

describe('a release that crashes', () => {
  test('fails with its reason, and has recovered when it heals while it is the current one', async () => {
    await tell([]);
    const { id } = await put('bad', 'a');
    await room.write();
    await tell([
      applied('bad', (await room.release(id)).commitSha),
      live('bad', id, { available: 0, ready: 0 }),
      down('bad', 3),
    ]);
    expect(await state(id)).toBe('rolling-out');
    later(1);
    await judge();
    const failed = await room.release(id);
    expect(failed.failure).toMatchObject({ code: 'pod.crash-loop' });
    expect(failed.failure?.message).toContain('Deployment shop/bad: the container exited with 1, 3 restarts');
    expect(toReleaseView(failed)).toMatchObject({ state: 'failed', ended: true });
    await tell([crashLog('bad', { restarts: 3, lines: ['panic: no database'] })]);
    expect(await readRollout(room.database.db, id)).toMatchObject({
      clusters: [
        {
          cluster: 'default',
          phase: 'failed',
          why: { code: 'pod.crash-loop', pod: 'bad-0', container: 'app' },
          workloads: [{ name: 'bad', state: 'failed', done: 0, wanted: 1 }],
          log: { pod: 'bad-0', restarts: 3, lines: ['panic: no database'] },
        },
      ],
    });

    await tell([live('bad', id), up('bad')]);
    const healed = await room.release(id);
    expect([healed.state, healed.failure]).toEqual(['healthy', undefined]);
    expect((await record(id)).slice(-2)).toEqual(['release.failed', 'release.recovered']);
  });

  test('time alone is enough: nobody has to say anything when a grace ends', async () => {
    await tell([]);
    const { id } = await put('slow', 'a');
    await room.write();
    await tell([
      applied('slow', (await room.release(id)).commitSha),
      live('slow', id, { available: 0 }),
      down('slow', 1),
    ]);
    later(29);
    await judge();
    expect(await state(id)).toBe('rolling-out');
    later(1);
    await judge();
    expect(await state(id)).toBe('failed');
  });
});

describe('what comes after it', () => {
  test('a later commit ends the watching of one that is not decided', async () => {
    await tell([]);
    const first = await put('twice', 'a');
    await room.write();
    await tell([applied('twice', (await room.release(first.id)).commitSha), live('twice', first.id, { available: 0 })]);
    const second = await put('twice', 'b');
    await room.write();
    await judge();
    const overtaken = await room.release(first.id);
    expect([overtaken.state, overtaken.supersededBy]).toEqual(['superseded', second.id]);
    expect((await record(first.id)).at(-1)).toBe('release.superseded');
    await tell([applied('twice', (await room.release(second.id)).commitSha), live('twice', second.id), up('twice')]);
    expect(await state(second.id)).toBe('healthy');
    expect((await new RolloutStore(room.database.db).of([first.id]))[0]?.watch).toBe('past');
  });

  test('A, B and A again in one push: the last one is what runs', async () => {
    await tell([]);
    const a = await put('aba', 'a');
    const b = await put('aba', 'b');
    const { outcomes } = await room.service.request(ada, {
      service: 'aba',
      environments: ['dev'],
      what: { artifact: a.artifactId ?? '' },
    });
    const again = outcomes[0]?.release?.id ?? '';
    await room.write();
    const { commitSha } = await room.release(again);
    await tell([applied('aba', commitSha), live('aba', again), up('aba')]);
    expect([await state(a.id), await state(b.id), await state(again)]).toEqual(['superseded', 'superseded', 'healthy']);
  });

  test('Flux that has skipped the commit has applied it all the same', async () => {
    await tell([]);
    const { id } = await put('skipped', 'a');
    await room.write();
    await room.personPushes({ 'notes.md': `${Math.random()}` });
    const tip = (await room.git('rev-parse', 'main')).trim();
    await tell([applied('skipped', tip), live('skipped', id), up('skipped')]);
    expect(await state(id)).toBe('healthy');
  });

  test('a commit that nobody knows proves nothing', async () => {
    await tell([]);
    const { id } = await put('forged', 'a');
    await room.write();
    await tell([applied('forged', 'f'.repeat(40)), live('forged', id), up('forged')]);
    expect(await state(id)).toBe('committed');
  });
});

describe('two clusters', () => {
  test('a release is healthy when both are, and says of each', async () => {
    await tell([], 'prod/eu');
    const { id } = await put('both', 'a', 'prod');
    await room.write();
    await judge();
    expect((await room.release(id)).waitsFor).toContain(
      'us: waits for Flux: no daemon has reported from the cluster us of prod',
    );
    const { commitSha } = await room.release(id);
    const all = (): Observation[] => [
      {
        ...kustomization('both', {
          resourceVersion: newer(),
          lastAppliedRevision: `main@sha1:${commitSha ?? ''}`,
          environment: 'prod',
        }),
      },
      live('both', id),
      up('both'),
    ];
    await tell(all(), 'prod/eu');
    expect(await state(id)).toBe('committed');
    await tell(all(), 'prod/us');
    expect(await state(id)).toBe('healthy');
  });
});

describe('several managers', () => {
  test('a look is of one of them', async () => {
    later(1000);
    await tell([]);
    const { id } = await put('shared', 'a');
    await room.write();
    const counts = await Promise.all([judgeDue(deps), judgeDue(deps), judgeDue(deps)]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await record(id)).toEqual(['release.queued', 'release.committed']);
  });

  test('who was too slow writes nothing', async () => {
    await tell([]);
    const { id } = await put('late', 'a');
    await room.write();
    const look = await take('late');
    const { commitSha } = await room.release(id);
    await tell([applied('late', commitSha), live('late', id), up('late')]);
    expect(await state(id)).toBe('committed');
    later(61);
    const other = await take('late');
    await expect(judgeTarget(deps, look)).rejects.toMatchObject({ code: 'rollout.claim-lost' });
    expect(await state(id)).toBe('committed');
    expect(await record(id)).toEqual(['release.queued', 'release.committed']);
    await judgeTarget(deps, other);
    expect(await state(id)).toBe('healthy');
  });

  test('what happens while somebody judges is judged again', async () => {
    await tell([]);
    const { id } = await put('busy', 'a');
    await room.write();
    const look = await take('busy');
    const { commitSha } = await room.release(id);
    await tell([applied('busy', commitSha)]);
    await new LookStore(room.database.db).finish(look, undefined);
    await judge();
    expect(await state(id)).toBe('applied');
  });
});

test('a container that was ready and dies within the minute is no success', async () => {
  await tell([]);
  const { id } = await put('flap', 'a');
  await room.write();
  const shaky = pod('flap', 0, {
    resourceVersion: newer(),
    containers: [container({ restarts: 1, last: { exitCode: 1, finishedAt: now.toISOString() } })],
  });
  await tell([applied('flap', (await room.release(id)).commitSha), live('flap', id), shaky]);
  expect(await state(id)).toBe('rolling-out');
  later(61);
  await tell([]);
  expect(await state(id)).toBe('healthy');
});

test('a crash after it was healthy is an incident: told once, counted, closed, and the release stays healthy', async () => {
  await tell([]);
  const { id } = await put('incident', 'a');
  await room.write();
  await tell([applied('incident', (await room.release(id)).commitSha), live('incident', id), up('incident')]);
  const before = (await record(id)).length;
  for (const restarts of [1, 1, 2, 3]) {
    await tell([live('incident', id, { available: 0, ready: 0 }), down('incident', restarts)]);
    later(5);
    await judge();
  }
  expect((await record(id)).slice(before)).toEqual(['incident.opened']);
  const kept = await room.database
    .db<{ release_id: string; times: number; closed_at: Date | null }>('incidents')
    .where({ release_id: id });
  expect(kept).toMatchObject([{ times: 3, closed_at: null }]);
  await tell([live('incident', id), up('incident')]);
  expect((await record(id)).slice(before)).toEqual(['incident.opened', 'incident.closed']);
  expect(await state(id)).toBe('healthy');
});

test('an undeploy ends when nothing of the service is left', async () => {
  await tell([]);
  const { id } = await put('leaving', 'a');
  await room.write();
  await tell([applied('leaving', (await room.release(id)).commitSha), live('leaving', id), up('leaving')]);
  const { outcomes } = await room.service.request(ada, {
    service: 'leaving',
    environments: ['dev'],
    what: { undeploy: true },
  });
  const undeploy = outcomes[0]?.release?.id ?? '';
  await room.write();
  const { commitSha } = await room.release(undeploy);
  const child = kustomization('leaving', {
    resourceVersion: newer(),
    deleted: true,
    inventory: ['shop_leaving_apps_Deployment'],
  });
  const root = {
    ...kustomization('root', {
      resourceVersion: newer(),
      path: './clusters/dev',
      lastAppliedRevision: `main@sha1:${commitSha ?? ''}`,
    }),
    service: undefined,
  };
  const prune = (remaining: string[], done: boolean): Observation => ({
    type: 'prune',
    object: { ...child.object, resourceVersion: newer() },
    entries: 1,
    remaining: remaining.map((each) => ({ id: each, finalizers: ['example.com/keep'] })),
    unreadable: [],
    done,
  });
  await tell([root, child, prune(['shop_leaving_apps_Deployment'], false)]);
  expect(toReleaseView(await room.release(undeploy))).toMatchObject({ state: 'rolling-out', ended: false });
  expect((await room.release(undeploy)).waitsFor).toContain('hangs on the finalizer example.com/keep');
  await tell([prune([], true)]);
  expect(await state(undeploy)).toBe('healthy');
});
