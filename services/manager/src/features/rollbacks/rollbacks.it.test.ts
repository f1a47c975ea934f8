import { parseTrailers } from '@release-manager/config-repo';
import { describe, expect, it } from 'vitest';

import { ada } from '../../testing/release-room.ts';
import { markRolledBack, ReleaseStore } from '../releases/index.ts';
import { RollbackScene } from './rollback-scene.testing.ts';
import { toRollbackView } from './rollback-view.ts';

const scene = RollbackScene.use();

describe('a rollback', () => {
  it('puts the one before back, holds, quarantines, and says all of it in one push', async () => {
    const [, good, bad] = await scene.released('one', 'two', 'three');
    const tip = await scene.room.git('rev-parse', 'main');
    const outcome = await scene.rollBack({ from: bad.id });
    expect(outcome).toMatchObject({ outcome: 'accepted', from: bad.id, held: true, quarantined: ['dev', 'prod'] });
    expect(await scene.stops()).toMatchObject({ hold: { provisional: true }, prod: [bad.id], dev: [bad.id] });
    expect(await scene.stateFile('prod')).toBeNull();
    await scene.room.write();

    const release = await scene.room.release(outcome.release?.id ?? '');
    expect(release).toMatchObject({ state: 'committed', intent: 'rollback', automatic: false, artifactId: good.id });
    expect(await scene.there()).toMatchObject({ id: good.id });
    const commits = (await scene.room.git('log', '--format=%H', `${tip.trim()}..main`)).trim().split('\n');
    const message = await scene.room.git('log', '-1', '--format=%B', commits.at(-1) ?? '');
    expect(parseTrailers(message)).toMatchObject({
      intent: 'rollback',
      replaces: bad.id,
      reason: 'the cart is empty',
    });
    expect(await scene.stateFile('prod')).toMatchObject({ hold: { reason: 'the cart is empty' } });
    expect(JSON.stringify(await scene.stateFile('dev'))).toContain(bad.id);
    const attempts = await scene.room.database
      .db('push_attempt_releases')
      .where({ release_id: release.id })
      .select('attempt_id');
    expect(attempts).toHaveLength(1);
    expect(await scene.stops()).toMatchObject({ hold: { provisional: false, releaseId: release.id }, prod: [bad.id] });
    expect(await scene.ledger()).toContain(`ada rolls prod back from ${bad.id} to ${good.id}: the cart is empty`);
  });

  it('goes further back the next time, and is told where in words', async () => {
    const [first, second] = await scene.released('one', 'two', 'three');
    const plan = await scene.rollbacks().plan({ actor: ada }, { service: scene.service, environment: 'prod' });
    expect(await toRollbackView(scene.room.database.db, plan)).toMatchObject({
      outcome: 'accepted',
      to: { artifact: second.id, branch: 'main', ended: 'committed' },
      next: [`release-cli resume prod --service ${scene.service}`, `release-cli quarantine ${plan.from} --lift`],
    });
    expect(await scene.stops()).toMatchObject({ hold: undefined, prod: [] });
    await scene.rollBack();
    await scene.room.write();
    await scene.rollBack();
    await scene.room.write();
    expect(await scene.there()).toMatchObject({ id: first.id });
    expect((await scene.stops()).prod).toHaveLength(2);
    await expect(scene.rollBack()).rejects.toMatchObject({ code: 'rollback.nothing-to-go-back-to' });
  });

  it('takes back an undeploy', async () => {
    const [only] = await scene.released('one');
    await scene.room.service.request(ada, { service: scene.service, environments: ['prod'], what: { undeploy: true } });
    await scene.room.write();
    expect(await scene.rollBack()).toMatchObject({ outcome: 'accepted', quarantined: [] });
    await scene.room.write();
    expect(await scene.there()).toMatchObject({ id: only.id });
  });

  it('keeps everything automatic away from the moment of its acceptance', async () => {
    scene.service = 'auto';
    const [, bad] = await scene.released('one', 'two');
    const before = await scene.room.artifact({ service: scene.service, text: 'three', run: 3 });
    const [queued] = await scene.room.automate(before);
    await scene.rollBack({ from: before.id });
    const later = await scene.room.artifact({ service: scene.service, text: 'four', run: 4 });
    const [waits] = await scene.room.automate(later);
    await scene.room.write();
    expect(await scene.room.release(queued ?? '')).toMatchObject({ state: 'cancelled' });
    expect(await scene.room.release(waits ?? '')).toMatchObject({ state: 'waiting' });
    expect(await scene.there()).toMatchObject({ id: bad.id });
  });
});

it('goes by what was rebuilt after a loss, also to an artifact that is nowhere but in the config repo', async () => {
  const [, good, bad] = await scene.released('one', 'two', 'three');
  const { db } = scene.room.database;
  await db('rollbacks').where({ service: scene.service }).del();
  await db('releases')
    .where({ service: scene.service })
    .update({ queue_seq: null, tree_oid: null, branch: null, decision: null });
  await db('artifacts').where({ id: good.id }).del();
  scene.room.loader.broken.add(good.id);
  expect(await scene.rollBack()).toMatchObject({ outcome: 'accepted', from: bad.id, to: { artifactId: good.id } });
  await scene.room.write();
  expect(await scene.there()).toMatchObject({ id: good.id });
});

it('does not guess while history is read again after a loss, and takes what is named', async () => {
  const [good] = await scene.released('one', 'two');
  const before = await scene.room.database
    .db('recovery')
    .first<{ state: string; history_done: boolean } | undefined>('state', 'history_done');
  await scene.room.database.db('recovery').update({ state: 'rebuilding', history_done: false });
  await expect(scene.rollBack()).rejects.toMatchObject({ kind: 'unavailable', code: 'rollback.history-incomplete' });
  expect(await scene.rollBack({ to: good.id })).toMatchObject({ outcome: 'accepted' });
  await scene.room.database.db('recovery').update({ state: before?.state, history_done: before?.history_done });
  await scene.room.write();
});

it('is shown by the release whose place it took', async () => {
  const [, bad] = await scene.released('one', 'two');
  const { release } = await scene.rollBack();
  await scene.room.write();
  const [, before] = await new ReleaseStore(scene.room.database.db).list({ service: scene.service }, 2);
  expect(before).toMatchObject({ artifactId: bad.id, rolledBackBy: release?.id });
  // As after a rebuild.
  await scene.room.database.db('releases').where({ service: scene.service }).update({ rolled_back_by: null });
  await markRolledBack(scene.room.database.db);
  expect(await scene.room.release(before?.id ?? '')).toMatchObject({ rolledBackBy: release?.id });
});
