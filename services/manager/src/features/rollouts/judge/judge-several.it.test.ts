import type { Observation } from '@release-manager/contract';
import { describe, expect, test } from 'vitest';

import { ada } from '../../../testing/release-room.ts';
import { kustomization } from '../facts.testing.ts';
import { LookStore, type Look } from '../looks/look-store.ts';
import { judgeDue } from './judge-loop.ts';
import { JudgeScene } from './judge-scene.testing.ts';
import { judgeTarget } from './judge-target.ts';
import { RolloutStore } from './rollout-store.ts';

const scene = JudgeScene.use();

/** Takes what is due as a judge would, and gives the look at one service. */
async function take(service: string): Promise<Look> {
  const look = (await new LookStore(scene.room.database.db).take(100, scene.now)).find(
    (each) => each.service === service,
  );
  if (look === undefined) throw new Error(`${service} is not due`);
  return look;
}

describe('what comes after it', () => {
  test('a later commit ends the watching of one that is not decided', async () => {
    await scene.tell([]);
    const first = await scene.put('twice', 'a');
    await scene.room.write();
    await scene.tell([
      scene.applied('twice', (await scene.room.release(first.id)).commitSha),
      scene.live('twice', first.id, { available: 0 }),
    ]);
    const second = await scene.put('twice', 'b');
    await scene.room.write();
    await scene.judge();
    const overtaken = await scene.room.release(first.id);
    expect([overtaken.state, overtaken.supersededBy]).toEqual(['superseded', second.id]);
    expect((await scene.record(first.id)).at(-1)).toBe('release.superseded');
    await scene.tell([
      scene.applied('twice', (await scene.room.release(second.id)).commitSha),
      scene.live('twice', second.id),
      scene.up('twice'),
    ]);
    expect(await scene.state(second.id)).toBe('healthy');
    expect((await new RolloutStore(scene.room.database.db).of([first.id]))[0]?.watch).toBe('past');
  });

  test('A, B and A again in one push: the last one is what runs', async () => {
    await scene.tell([]);
    const a = await scene.put('aba', 'a');
    const b = await scene.put('aba', 'b');
    const { outcomes } = await scene.room.service.request(ada, {
      service: 'aba',
      environments: ['dev'],
      what: { artifact: a.artifactId ?? '' },
    });
    const again = outcomes[0]?.release?.id ?? '';
    await scene.room.write();
    const { commitSha } = await scene.room.release(again);
    await scene.tell([scene.applied('aba', commitSha), scene.live('aba', again), scene.up('aba')]);
    expect([await scene.state(a.id), await scene.state(b.id), await scene.state(again)]).toEqual([
      'superseded',
      'superseded',
      'healthy',
    ]);
  });

  test('Flux that has skipped the commit has applied it all the same', async () => {
    await scene.tell([]);
    const { id } = await scene.put('skipped', 'a');
    await scene.room.write();
    await scene.room.personPushes({ 'notes.md': `${Math.random()}` });
    const tip = (await scene.room.git('rev-parse', 'main')).trim();
    await scene.tell([scene.applied('skipped', tip), scene.live('skipped', id), scene.up('skipped')]);
    expect(await scene.state(id)).toBe('healthy');
  });

  test('a commit that nobody knows proves nothing', async () => {
    await scene.tell([]);
    const { id } = await scene.put('forged', 'a');
    await scene.room.write();
    await scene.tell([scene.applied('forged', 'f'.repeat(40)), scene.live('forged', id), scene.up('forged')]);
    expect(await scene.state(id)).toBe('committed');
  });
});

describe('two clusters', () => {
  test('a release is healthy when both are, and says of each', async () => {
    await scene.tell([], 'prod/eu');
    const { id } = await scene.put('both', 'a', 'prod');
    await scene.room.write();
    await scene.judge();
    expect((await scene.room.release(id)).waitsFor).toContain(
      'us: waits for Flux: no daemon has reported from the cluster us of prod',
    );
    const { commitSha } = await scene.room.release(id);
    const all = (): Observation[] => [
      {
        ...kustomization('both', {
          resourceVersion: scene.newer(),
          lastAppliedRevision: `main@sha1:${commitSha ?? ''}`,
          environment: 'prod',
        }),
      },
      scene.live('both', id),
      scene.up('both'),
    ];
    await scene.tell(all(), 'prod/eu');
    expect(await scene.state(id)).toBe('committed');
    await scene.tell(all(), 'prod/us');
    expect(await scene.state(id)).toBe('healthy');
  });
});

describe('several managers', () => {
  test('a look is of one of them', async () => {
    scene.later(1000);
    await scene.tell([]);
    const { id } = await scene.put('shared', 'a');
    await scene.room.write();
    const counts = await Promise.all([judgeDue(scene.deps), judgeDue(scene.deps), judgeDue(scene.deps)]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await scene.record(id)).toEqual(['release.queued', 'release.committed']);
  });

  test('who was too slow writes nothing', async () => {
    await scene.tell([]);
    const { id } = await scene.put('late', 'a');
    await scene.room.write();
    const look = await take('late');
    const { commitSha } = await scene.room.release(id);
    await scene.tell([scene.applied('late', commitSha), scene.live('late', id), scene.up('late')]);
    expect(await scene.state(id)).toBe('committed');
    scene.later(61);
    const other = await take('late');
    await expect(judgeTarget(scene.deps, look)).rejects.toMatchObject({ code: 'rollout.claim-lost' });
    expect(await scene.state(id)).toBe('committed');
    expect(await scene.record(id)).toEqual(['release.queued', 'release.committed']);
    await judgeTarget(scene.deps, other);
    expect(await scene.state(id)).toBe('healthy');
  });

  test('what happens while somebody judges is judged again', async () => {
    await scene.tell([]);
    const { id } = await scene.put('busy', 'a');
    await scene.room.write();
    const look = await take('busy');
    const { commitSha } = await scene.room.release(id);
    await scene.tell([scene.applied('busy', commitSha)]);
    await new LookStore(scene.room.database.db).finish(look, undefined);
    await scene.judge();
    expect(await scene.state(id)).toBe('applied');
  });
});
