import type { Observation } from '@release-manager/contract';
import { describe, expect, test } from 'vitest';

import { ada } from '../../../testing/release-room.ts';
import { toReleaseView } from '../../releases/index.ts';
import { CommandStore } from '../commands/command-store.ts';
import { container, crashLog, kustomization, pod } from '../facts.testing.ts';
import { readRollout } from '../rollout-view.ts';
import { JudgeScene } from './judge-scene.testing.ts';
import { RolloutStore } from './rollout-store.ts';

const scene = JudgeScene.use();

test('committed, applied, rolling out, healthy: each is one row of the record', async () => {
  await scene.tell([]);
  const { id } = await scene.put('web', 'a');
  await scene.room.write();
  await scene.judge();
  const committed = await scene.room.release(id);
  expect(toReleaseView(committed)).toMatchObject({ state: 'committed', ended: false });
  expect(toReleaseView(committed).says).toContain('waits for Flux: Flux has neither a Kustomization of web');

  await scene.tell([scene.applied('web', committed.commitSha)]);
  expect(toReleaseView(await scene.room.release(id))).toMatchObject({ state: 'applied', ended: false });
  await scene.tell([scene.live('web', id, { available: 0, ready: 0 })]);
  expect(toReleaseView(await scene.room.release(id))).toMatchObject({
    state: 'rolling-out',
    says: 'Deployment web 0 of 1 pods are available',
  });
  await scene.tell([scene.live('web', id), scene.up('web')]);
  expect(toReleaseView(await scene.room.release(id))).toMatchObject({
    state: 'healthy',
    ended: true,
    says: 'healthy, 1 pod available',
  });
  expect(await scene.record(id)).toEqual([
    'release.queued',
    'release.committed',
    'release.applied',
    'release.rolling-out',
    'release.healthy',
  ]);
  expect(scene.hops).toEqual(['applied', 'healthy']);
  const [rollout] = await new RolloutStore(scene.room.database.db).of([id]);
  expect(rollout).toMatchObject({
    phase: 'healthy',
    watch: 'current',
    verdict: { workloads: [{ done: 1, wanted: 1 }] },
  });

  const again = (await scene.record(id)).length;
  await scene.tell([scene.live('web', id), scene.up('web'), scene.applied('web', committed.commitSha)]);
  expect(await scene.record(id)).toHaveLength(again);
});

test('where no daemon has ever reported a release ends at committed', async () => {
  const { id } = await scene.put('calm', 'a', 'quiet');
  await scene.room.write();
  await scene.judge();
  expect(toReleaseView(await scene.room.release(id))).toMatchObject({ state: 'committed', ended: true });
  expect(await new RolloutStore(scene.room.database.db).of([id])).toEqual([]);

  const heard = toReleaseView(await scene.room.release(id)).says;
  expect(heard).toContain('no daemon reports');
  await scene.tell([], 'quiet/default');
  expect(toReleaseView(await scene.room.release(id))).toMatchObject({ state: 'committed', ended: false });
});

test('one push asks each cluster once to look', async () => {
  await scene.tell([]);
  await scene.room.database.db('daemon_commands').delete();
  await scene.put('poke-a', 'a');
  const last = await scene.put('poke-b', 'a');
  await scene.room.write();
  const commands = await new CommandStore(scene.room.database.db).lease(
    { environment: 'dev', cluster: 'default' },
    new Date(),
  );
  expect(commands).toMatchObject([{ kind: 'flux.poke', commit: (await scene.room.release(last.id)).commitSha }]);
});

describe('a release that crashes', () => {
  test('fails with its reason, and has recovered when it heals while it is the current one', async () => {
    await scene.tell([]);
    const { id } = await scene.put('bad', 'a');
    await scene.room.write();
    await scene.tell([
      scene.applied('bad', (await scene.room.release(id)).commitSha),
      scene.live('bad', id, { available: 0, ready: 0 }),
      scene.down('bad', 3),
    ]);
    expect(await scene.state(id)).toBe('rolling-out');
    scene.later(1);
    await scene.judge();
    const failed = await scene.room.release(id);
    expect(failed.failure).toMatchObject({ code: 'pod.crash-loop' });
    expect(failed.failure?.message).toContain('Deployment shop/bad: the container exited with 1, 3 restarts');
    expect(toReleaseView(failed)).toMatchObject({ state: 'failed', ended: true });
    await scene.tell([crashLog('bad', { restarts: 3, lines: ['panic: no database'] })]);
    expect(await readRollout(scene.room.database.db, id)).toMatchObject({
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

    await scene.tell([scene.live('bad', id), scene.up('bad')]);
    const healed = await scene.room.release(id);
    expect([healed.state, healed.failure]).toEqual(['healthy', undefined]);
    expect((await scene.record(id)).slice(-2)).toEqual(['release.failed', 'release.recovered']);
  });

  test('time alone is enough: nobody has to say anything when a grace ends', async () => {
    await scene.tell([]);
    const { id } = await scene.put('slow', 'a');
    await scene.room.write();
    await scene.tell([
      scene.applied('slow', (await scene.room.release(id)).commitSha),
      scene.live('slow', id, { available: 0 }),
      scene.down('slow', 1),
    ]);
    scene.later(29);
    await scene.judge();
    expect(await scene.state(id)).toBe('rolling-out');
    scene.later(1);
    await scene.judge();
    expect(await scene.state(id)).toBe('failed');
  });
});

test('a container that was ready and dies within the minute is no success', async () => {
  await scene.tell([]);
  const { id } = await scene.put('flap', 'a');
  await scene.room.write();
  const shaky = pod('flap', 0, {
    resourceVersion: scene.newer(),
    containers: [container({ restarts: 1, last: { exitCode: 1, finishedAt: scene.now.toISOString() } })],
  });
  await scene.tell([scene.applied('flap', (await scene.room.release(id)).commitSha), scene.live('flap', id), shaky]);
  expect(await scene.state(id)).toBe('rolling-out');
  scene.later(61);
  await scene.tell([]);
  expect(await scene.state(id)).toBe('healthy');
});

test('a crash after it was healthy is an incident: told once, counted, closed, and the release stays healthy', async () => {
  await scene.tell([]);
  const { id } = await scene.put('incident', 'a');
  await scene.room.write();
  await scene.tell([
    scene.applied('incident', (await scene.room.release(id)).commitSha),
    scene.live('incident', id),
    scene.up('incident'),
  ]);
  const before = (await scene.record(id)).length;
  for (const restarts of [1, 1, 2, 3]) {
    await scene.tell([scene.live('incident', id, { available: 0, ready: 0 }), scene.down('incident', restarts)]);
    scene.later(5);
    await scene.judge();
  }
  expect((await scene.record(id)).slice(before)).toEqual(['incident.opened']);
  const kept = await scene.room.database
    .db<{ release_id: string; times: number; closed_at: Date | null }>('incidents')
    .where({ release_id: id });
  expect(kept).toMatchObject([{ times: 3, closed_at: null }]);
  await scene.tell([scene.live('incident', id), scene.up('incident')]);
  expect((await scene.record(id)).slice(before)).toEqual(['incident.opened', 'incident.closed']);
  expect(await scene.state(id)).toBe('healthy');
});

test('an undeploy ends when nothing of the service is left', async () => {
  await scene.tell([]);
  const { id } = await scene.put('leaving', 'a');
  await scene.room.write();
  await scene.tell([
    scene.applied('leaving', (await scene.room.release(id)).commitSha),
    scene.live('leaving', id),
    scene.up('leaving'),
  ]);
  const { outcomes } = await scene.room.service.request(ada, {
    service: 'leaving',
    environments: ['dev'],
    what: { undeploy: true },
  });
  const undeploy = outcomes[0]?.release?.id ?? '';
  await scene.room.write();
  const { commitSha } = await scene.room.release(undeploy);
  const child = kustomization('leaving', {
    resourceVersion: scene.newer(),
    deleted: true,
    inventory: ['shop_leaving_apps_Deployment'],
  });
  const root = {
    ...kustomization('root', {
      resourceVersion: scene.newer(),
      path: './clusters/dev',
      lastAppliedRevision: `main@sha1:${commitSha ?? ''}`,
    }),
    service: undefined,
  };
  const prune = (remaining: string[], done: boolean): Observation => ({
    type: 'prune',
    object: { ...child.object, resourceVersion: scene.newer() },
    entries: 1,
    remaining: remaining.map((each) => ({ id: each, finalizers: ['example.com/keep'] })),
    unreadable: [],
    done,
  });
  await scene.tell([root, child, prune(['shop_leaving_apps_Deployment'], false)]);
  expect(toReleaseView(await scene.room.release(undeploy))).toMatchObject({ state: 'rolling-out', ended: false });
  expect((await scene.room.release(undeploy)).waitsFor).toContain('hangs on the finalizer example.com/keep');
  await scene.tell([prune([], true)]);
  expect(await scene.state(undeploy)).toBe('healthy');
});
