import { describe, expect, it } from 'vitest';

import { ReleaseStore } from '../releases/index.ts';
import { bob, RollbackScene } from './rollback-scene.testing.ts';

const scene = RollbackScene.use();

describe('a bad release that is still queued', () => {
  it('is cancelled, and nothing has to be committed; the same request again gets the same answer', async () => {
    const [good] = await scene.released('one');
    const bad = await scene.queue(await scene.room.artifact({ service: scene.service, text: 'two', run: 2 }));
    const commits = await scene.room.git('rev-list', '--count', 'main', '--', 'prod');
    const request = { from: bad.artifactId, idempotencyKey: 'key-of-one-rollback' };
    expect(await scene.rollBack(request)).toMatchObject({
      outcome: 'done',
      from: bad.artifactId,
      to: { artifactId: good.id },
      cancelled: [{ id: bad.id }],
      quarantined: ['dev', 'prod'],
    });
    expect(await scene.stops()).toMatchObject({
      hold: { provisional: false },
      prod: [bad.artifactId],
      dev: [bad.artifactId],
    });
    await scene.room.write();
    expect(await scene.room.release(bad.id)).toMatchObject({
      state: 'cancelled',
      failure: { code: 'rollback.cancelled' },
    });
    expect(await scene.room.git('rev-list', '--count', 'main', '--', 'prod')).toBe(commits);
    expect(JSON.stringify(await scene.stateFile('prod'))).toContain(bad.artifactId);

    expect(await scene.rollBack(request)).toMatchObject({
      outcome: 'done',
      cancelled: [{ id: bad.id }],
      to: { artifactId: good.id },
    });
    await expect(scene.rollBack({ ...request, reason: 'another' })).rejects.toMatchObject({
      code: 'rollback.key-reused',
    });
    expect(await scene.rollBack({ from: bad.artifactId }, bob)).toMatchObject({ outcome: 'already-there' });
  });

  it('takes all others with it, and what failed before it is left as well', async () => {
    const [first, second] = await scene.released('one', 'two');
    await scene.room.database
      .db('releases')
      .where({ service: scene.service, artifact_id: first.id })
      .update({ state: 'healthy' });
    await scene.room.database
      .db('releases')
      .where({ service: scene.service, artifact_id: second.id })
      .update({ state: 'failed' });
    const queued = [
      await scene.queue(await scene.room.artifact({ service: scene.service, text: 'x', run: 3 })),
      await scene.queue(await scene.room.artifact({ service: scene.service, text: 'y', run: 4 })),
    ];
    expect(await scene.rollBack()).toMatchObject({
      outcome: 'accepted',
      from: queued[1]?.artifactId,
      to: { artifactId: first.id, ended: 'healthy' },
    });
    await scene.room.write();
    expect(await scene.there()).toMatchObject({ id: first.id });
    for (const { id } of queued) expect(await scene.room.release(id)).toMatchObject({ state: 'cancelled' });
  });

  it('lands when it is in a push already, and the rollback comes behind it', async () => {
    const [good] = await scene.released('one');
    const bad = await scene.queue(await scene.room.artifact({ service: scene.service, text: 'two', run: 2 }));
    const tip = (await scene.room.git('rev-parse', 'main')).trim();
    const attempt = {
      id: `push_${scene.service}`,
      base: tip,
      tip: 'f'.repeat(40),
      state: 'recorded',
      created_at: new Date(),
    };
    await scene.room.database.db('push_attempts').insert(attempt);
    const part = { attempt_id: attempt.id, release_id: bad.id, commit_sha: attempt.tip };
    await scene.room.database.db('push_attempt_releases').insert(part);
    const outcome = await scene.rollBack();
    expect(outcome).toMatchObject({
      outcome: 'accepted',
      from: bad.artifactId,
      cancelled: [],
      to: { artifactId: good.id },
    });
    await scene.room.write();
    expect(await scene.room.release(outcome.release?.id ?? '')).toMatchObject({ state: 'committed' });
    expect(await scene.there()).toMatchObject({ id: good.id });
  });
});

describe('a push whose answer is lost', () => {
  it.each([
    ['after it landed', 'drop-after'],
    ['before it arrived', 'drop-before'],
  ] as const)(
    '%s: the rollback is committed once, and everything it brought is firm and written',
    async (_name, fault) => {
      const [good, bad] = await scene.released('one', 'two');
      const { release } = await scene.rollBack();
      scene.room.server.beforeRequest(({ kind }) => (kind === 'push' ? fault : 'none'));
      await expect(scene.room.round()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await scene.stops()).toMatchObject({ hold: { provisional: true }, prod: [bad.id] });
      scene.room.server.beforeRequest(undefined);
      await scene.room.write();
      const commits = await scene.room.git('log', '--format=%H', '--grep', release?.id ?? '?', 'main');
      expect(commits.trim().split('\n')).toHaveLength(1);
      expect(await scene.room.release(release?.id ?? '')).toMatchObject({
        state: 'committed',
        replacedArtifactId: bad.id,
      });
      expect(await scene.stops()).toMatchObject({ hold: { provisional: false }, prod: [bad.id] });
      expect(JSON.stringify(await scene.stateFile('prod'))).toContain(bad.id);
      expect(await scene.there()).toMatchObject({ id: good.id });
      const [, before] = await new ReleaseStore(scene.room.database.db).list({ service: scene.service }, 2);
      expect(before).toMatchObject({ rolledBackBy: release?.id });
    },
  );
});

describe('two people at once', () => {
  it('are of one mind: the second is shown what the first did', async () => {
    const [good, bad] = await scene.released('one', 'two');
    const both = await Promise.all([scene.rollBack({ from: bad.id }), scene.rollBack({ from: bad.id }, bob)]);
    expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'already-there']);
    expect(both[0].release?.id).toBe(both[1].release?.id);
    await scene.room.write();
    expect(await scene.there()).toMatchObject({ id: good.id });
    expect(await scene.rollBack({ from: bad.id }, bob)).toMatchObject({
      outcome: 'already-there',
      release: { artifactId: good.id },
    });
    expect(await scene.rollBack({ to: good.id }, bob)).toMatchObject({ outcome: 'already-there' });
    expect((await scene.stops()).prod).toEqual([bad.id]);
  });

  it('want different things: one after the other, each on record, and what never ran is not quarantined', async () => {
    const [first, second, bad] = await scene.released('one', 'two', 'three');
    const one = await scene.rollBack({ to: second.id });
    const two = await scene.rollBack({ to: first.id }, bob);
    expect([one.outcome, two.outcome]).toEqual(['accepted', 'accepted']);
    expect(two).toMatchObject({ from: bad.id, cancelled: [] });
    await scene.room.write();
    expect(await scene.there()).toMatchObject({ id: first.id });
    expect(await scene.room.release(one.release?.id ?? '')).toMatchObject({
      state: 'committed',
      rolledBackBy: two.release?.id,
    });
    expect((await scene.stops()).prod).toEqual([bad.id]);
    expect((await scene.stops()).hold).toMatchObject({ actor: bob, provisional: false });
  });

  it('one of whom saw something that is gone: nothing happens', async () => {
    const [, second] = await scene.released('one', 'two', 'three');
    await expect(scene.rollBack({ from: second.id })).rejects.toMatchObject({
      kind: 'conflict',
      code: 'rollback.moved-on',
    });
    expect(await scene.stops()).toMatchObject({ hold: undefined, prod: [] });
  });
});
