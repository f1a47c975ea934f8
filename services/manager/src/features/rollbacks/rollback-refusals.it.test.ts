import { describe, expect, it } from 'vitest';

import { ada, manifests } from '../../testing/release-room.ts';
import { QuarantineStore } from '../holds/index.ts';
import { RollbackScene } from './rollback-scene.testing.ts';

const scene = RollbackScene.use();

describe('what is refused', () => {
  it('before anything is done, with the way out', async () => {
    const [first, second] = await scene.released('one', 'two');
    const never = await scene.room.artifact({ service: scene.service, text: 'never', run: 3 });
    const other = await scene.room.artifact({ service: 'another', text: 'x' });
    await scene.rollBack();
    await scene.room.write();
    const forward = `release-cli release --artifact`;
    const refusals: readonly (readonly [to: string, code: string, next: string])[] = [
      [never.id, 'rollback.never-there', `${forward} ${never.id} prod --service ${scene.service}`],
      [other.id, 'artifact.other-service', '--service another'],
      ['main-0000000000-0000000000', 'artifact.not-found', 'artifact list'],
      [second.id, 'rollback.quarantined', `release-cli quarantine ${second.id} --lift`],
    ];
    for (const [to, code, next] of refusals)
      await expect(scene.rollBack({ to })).rejects.toMatchObject({
        code,
        next: expect.stringContaining(next) as string,
      });
    await new QuarantineStore(scene.room.database.db).lift({ artifactId: second.id, environment: 'prod' });
    await expect(scene.rollBack({ to: second.id })).rejects.toMatchObject({
      code: 'rollback.to-newer',
      next: expect.stringContaining(`${forward} ${second.id} prod`) as string,
    });
    expect(await scene.there()).toMatchObject({ id: first.id });
  });

  it('by the plan: the release says why, and hold and quarantine go with it', async () => {
    const [good] = await scene.released('one');
    const renamed = { prod: manifests(`other-${scene.service}`, 'two'), dev: manifests(scene.service, 'two') };
    const bad = await scene.room.artifact({ service: scene.service, text: 'two', run: 2, environments: renamed });
    await scene.queue(bad);
    await scene.room.write();
    const thief = await scene.room.artifact({
      service: `thief-${scene.service}`,
      text: 'x',
      environments: { prod: manifests(scene.service, 'x') },
    });
    await scene.queue(thief, `thief-${scene.service}`);
    await scene.room.write();
    const outcome = await scene.rollBack();
    expect(outcome).toMatchObject({ outcome: 'accepted', to: { artifactId: good.id } });
    await scene.room.write();
    expect(await scene.room.release(outcome.release?.id ?? '')).toMatchObject({
      state: 'denied',
      failure: { code: 'plan.foreign-object' },
    });
    expect(await scene.stops()).toEqual({ hold: undefined, prod: [], dev: [] });
    expect(await scene.stateFile('prod')).toBeNull();
    expect((await scene.ledger()).some((cause) => cause.includes(`thief-${scene.service}`))).toBe(true);
    await expect(scene.room.service.retry(ada, outcome.release?.id ?? '', undefined)).rejects.toMatchObject({
      code: 'release.is-rollback',
    });
  });

  it('by the decision: it is on record, the queue goes on, and nothing is held', async () => {
    const [good] = await scene.released('one', 'two');
    const queued = await scene.queue(await scene.room.artifact({ service: scene.service, text: 'three', run: 3 }));
    const rejected = `jsonb_set(environments, '{prod,state}', '"rejected"')`;
    await scene.room.database
      .db('artifacts')
      .where({ id: good.id })
      .update({ environments: scene.room.database.db.raw(rejected) });
    const outcome = await scene.rollBack({ to: good.id });
    expect(outcome).toMatchObject({ outcome: 'denied', held: false, quarantined: [], cancelled: [] });
    expect(outcome.release).toMatchObject({ state: 'denied' });
    expect(await scene.stops()).toEqual({ hold: undefined, prod: [], dev: [] });
    await scene.room.write();
    expect(await scene.room.release(queued.id)).toMatchObject({ state: 'committed' });
  });

  it('by rights: nothing for who may not, and no quarantine where somebody may not', async () => {
    const [, bad] = await scene.released('one', 'two');
    const request = { service: scene.service, environment: 'prod', reason: 'why' };
    const locked = scene.rollbacks((environment) => environment === 'prod');
    await expect(locked.request({ actor: ada }, request)).rejects.toMatchObject({ code: 'access.forbidden' });
    await expect(locked.plan({ actor: ada }, request)).rejects.toMatchObject({ code: 'access.forbidden' });
    const half = await scene.rollbacks((environment) => environment === 'dev').request({ actor: ada }, request);
    expect(half).toMatchObject({ quarantined: ['prod'], notQuarantined: [{ environment: 'dev' }] });
    expect(await scene.stops()).toMatchObject({ prod: [bad.id], dev: [] });
  });
});
