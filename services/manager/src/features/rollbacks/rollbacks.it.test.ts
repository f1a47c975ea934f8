import { layout, parseTrailers } from '@release-manager/config-repo';
import type { Actor } from '@release-manager/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { ada, manifests, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { createRights } from '../access/index.ts';
import type { Artifact } from '../artifacts/index.ts';
import { HoldStore, QuarantineStore } from '../holds/index.ts';
import { markRolledBack, ReleaseStore, type Release } from '../releases/index.ts';
import { RollbackService } from './rollback-service.ts';
import { toRollbackView } from './rollback-view.ts';
import type { RollbackOutcome, RollbackRequest } from './rollback.ts';

let room: ReleaseRoom;
/** Each test has a service of its own. */
let service = '';
let count = 0;

const rule = (environment: string): string => `  - { kind: auto-release, branch: main, environment: ${environment} }\n`;

beforeAll(async () => {
  room = await openReleaseRoom({ policies: { auto: `service: auto\npolicies:\n${rule('prod')}` } });
});
afterAll(() => room.close());
beforeEach(() => {
  count += 1;
  service = `web-${count}`;
});

const bob: Actor = { kind: 'person', person: { id: 'bob', name: 'Bob', email: 'bob@example.com' } };

function rollbacks(isProtected: (environment: string) => boolean = () => false): RollbackService {
  return new RollbackService({ ...room.deps, rights: createRights({ environmentProtected: isProtected }) });
}

function rollBack(more: Partial<RollbackRequest> = {}, actor: Actor = ada): Promise<RollbackOutcome> {
  const request = { service, environment: 'prod', reason: 'the cart is empty', ...more };
  return rollbacks().request({ actor }, request);
}

async function queue(artifact: Artifact, name = service): Promise<Release> {
  const request = { service: name, environments: ['prod'], what: { artifact: artifact.id } };
  const { outcomes } = await room.service.request(ada, request);
  return room.release(outcomes[0]?.release?.id ?? '');
}

/** Artifacts of main that were committed one after the other. */
async function released<const Texts extends readonly string[]>(
  ...texts: Texts
): Promise<{ [Index in keyof Texts]: Artifact }> {
  const made: Artifact[] = [];
  for (const text of texts) {
    const artifact = await room.artifact({ service, text, run: made.length + 1 });
    await queue(artifact);
    await room.write();
    made.push(artifact);
  }
  return made as { [Index in keyof Texts]: Artifact };
}

const there = async (): Promise<unknown> =>
  JSON.parse(await room.git('show', `main:${layout.release('prod', 'shop', service)}/artifact.json`));

async function stateFile(environment: string): Promise<unknown> {
  const text = await room.git('show', `main:${layout.state(environment, service)}`).catch(() => 'null');
  return JSON.parse(text);
}

const stops = async () => ({
  hold: await new HoldStore(room.database.db).of({ service, environment: 'prod' }, new Date()),
  prod: [...(await new QuarantineStore(room.database.db).artifactsOf({ service, environment: 'prod' }))],
  dev: [...(await new QuarantineStore(room.database.db).artifactsOf({ service, environment: 'dev' }))],
});

const ledger = (): Promise<string[]> => room.database.db('ledger').where({ service }).orderBy('id').pluck('cause');

describe('a rollback', () => {
  it('puts the one before back, holds, quarantines, and says all of it in one push', async () => {
    const [, good, bad] = await released('one', 'two', 'three');
    const tip = await room.git('rev-parse', 'main');
    const outcome = await rollBack({ from: bad.id });
    expect(outcome).toMatchObject({ outcome: 'accepted', from: bad.id, held: true, quarantined: ['dev', 'prod'] });
    expect(await stops()).toMatchObject({ hold: { provisional: true }, prod: [bad.id], dev: [bad.id] });
    expect(await stateFile('prod')).toBeNull();
    await room.write();

    const release = await room.release(outcome.release?.id ?? '');
    expect(release).toMatchObject({ state: 'committed', intent: 'rollback', automatic: false, artifactId: good.id });
    expect(await there()).toMatchObject({ id: good.id });
    const commits = (await room.git('log', '--format=%H', `${tip.trim()}..main`)).trim().split('\n');
    const message = await room.git('log', '-1', '--format=%B', commits.at(-1) ?? '');
    expect(parseTrailers(message)).toMatchObject({
      intent: 'rollback',
      replaces: bad.id,
      reason: 'the cart is empty',
    });
    expect(await stateFile('prod')).toMatchObject({ hold: { reason: 'the cart is empty' } });
    expect(JSON.stringify(await stateFile('dev'))).toContain(bad.id);
    const attempts = await room.database
      .db('push_attempt_releases')
      .where({ release_id: release.id })
      .select('attempt_id');
    expect(attempts).toHaveLength(1);
    expect(await stops()).toMatchObject({ hold: { provisional: false, releaseId: release.id }, prod: [bad.id] });
    expect(await ledger()).toContain(`ada rolls prod back from ${bad.id} to ${good.id}: the cart is empty`);
  });

  it('goes further back the next time, and is told where in words', async () => {
    const [first, second] = await released('one', 'two', 'three');
    const plan = await rollbacks().plan({ actor: ada }, { service, environment: 'prod' });
    expect(await toRollbackView(room.database.db, plan)).toMatchObject({
      outcome: 'accepted',
      to: { artifact: second.id, branch: 'main', ended: 'committed' },
      next: [`release-cli resume prod --service ${service}`, `release-cli quarantine ${plan.from} --lift`],
    });
    expect(await stops()).toMatchObject({ hold: undefined, prod: [] });
    await rollBack();
    await room.write();
    await rollBack();
    await room.write();
    expect(await there()).toMatchObject({ id: first.id });
    expect((await stops()).prod).toHaveLength(2);
    await expect(rollBack()).rejects.toMatchObject({ code: 'rollback.nothing-to-go-back-to' });
  });

  it('takes back an undeploy', async () => {
    const [only] = await released('one');
    await room.service.request(ada, { service, environments: ['prod'], what: { undeploy: true } });
    await room.write();
    expect(await rollBack()).toMatchObject({ outcome: 'accepted', quarantined: [] });
    await room.write();
    expect(await there()).toMatchObject({ id: only.id });
  });

  it('keeps everything automatic away from the moment of its acceptance', async () => {
    service = 'auto';
    const [, bad] = await released('one', 'two');
    const before = await room.artifact({ service, text: 'three', run: 3 });
    const [queued] = await room.automate(before);
    await rollBack({ from: before.id });
    const later = await room.artifact({ service, text: 'four', run: 4 });
    const [waits] = await room.automate(later);
    await room.write();
    expect(await room.release(queued ?? '')).toMatchObject({ state: 'cancelled' });
    expect(await room.release(waits ?? '')).toMatchObject({ state: 'waiting' });
    expect(await there()).toMatchObject({ id: bad.id });
  });
});

describe('a bad release that is still queued', () => {
  it('is cancelled, and nothing has to be committed; the same request again gets the same answer', async () => {
    const [good] = await released('one');
    const bad = await queue(await room.artifact({ service, text: 'two', run: 2 }));
    const commits = await room.git('rev-list', '--count', 'main', '--', 'prod');
    const request = { from: bad.artifactId, idempotencyKey: 'key-of-one-rollback' };
    expect(await rollBack(request)).toMatchObject({
      outcome: 'done',
      from: bad.artifactId,
      to: { artifactId: good.id },
      cancelled: [{ id: bad.id }],
      quarantined: ['dev', 'prod'],
    });
    expect(await stops()).toMatchObject({
      hold: { provisional: false },
      prod: [bad.artifactId],
      dev: [bad.artifactId],
    });
    await room.write();
    expect(await room.release(bad.id)).toMatchObject({ state: 'cancelled', failure: { code: 'rollback.cancelled' } });
    expect(await room.git('rev-list', '--count', 'main', '--', 'prod')).toBe(commits);
    expect(JSON.stringify(await stateFile('prod'))).toContain(bad.artifactId);

    expect(await rollBack(request)).toMatchObject({
      outcome: 'done',
      cancelled: [{ id: bad.id }],
      to: { artifactId: good.id },
    });
    await expect(rollBack({ ...request, reason: 'another' })).rejects.toMatchObject({ code: 'rollback.key-reused' });
    expect(await rollBack({ from: bad.artifactId }, bob)).toMatchObject({ outcome: 'already-there' });
  });

  it('takes all others with it, and what failed before it is left as well', async () => {
    const [first, second] = await released('one', 'two');
    await room.database.db('releases').where({ service, artifact_id: first.id }).update({ state: 'healthy' });
    await room.database.db('releases').where({ service, artifact_id: second.id }).update({ state: 'failed' });
    const queued = [
      await queue(await room.artifact({ service, text: 'x', run: 3 })),
      await queue(await room.artifact({ service, text: 'y', run: 4 })),
    ];
    expect(await rollBack()).toMatchObject({
      outcome: 'accepted',
      from: queued[1]?.artifactId,
      to: { artifactId: first.id, ended: 'healthy' },
    });
    await room.write();
    expect(await there()).toMatchObject({ id: first.id });
    for (const { id } of queued) expect(await room.release(id)).toMatchObject({ state: 'cancelled' });
  });

  it('lands when it is in a push already, and the rollback comes behind it', async () => {
    const [good] = await released('one');
    const bad = await queue(await room.artifact({ service, text: 'two', run: 2 }));
    const tip = (await room.git('rev-parse', 'main')).trim();
    const attempt = {
      id: `push_${service}`,
      base: tip,
      tip: 'f'.repeat(40),
      state: 'recorded',
      created_at: new Date(),
    };
    await room.database.db('push_attempts').insert(attempt);
    const part = { attempt_id: attempt.id, release_id: bad.id, commit_sha: attempt.tip };
    await room.database.db('push_attempt_releases').insert(part);
    const outcome = await rollBack();
    expect(outcome).toMatchObject({
      outcome: 'accepted',
      from: bad.artifactId,
      cancelled: [],
      to: { artifactId: good.id },
    });
    await room.write();
    expect(await room.release(outcome.release?.id ?? '')).toMatchObject({ state: 'committed' });
    expect(await there()).toMatchObject({ id: good.id });
  });
});

describe('a push whose answer is lost', () => {
  it.each([
    ['after it landed', 'drop-after'],
    ['before it arrived', 'drop-before'],
  ] as const)(
    '%s: the rollback is committed once, and everything it brought is firm and written',
    async (_name, fault) => {
      const [good, bad] = await released('one', 'two');
      const { release } = await rollBack();
      room.server.beforeRequest(({ kind }) => (kind === 'push' ? fault : 'none'));
      await expect(room.round()).rejects.toMatchObject({ kind: 'unavailable' });
      expect(await stops()).toMatchObject({ hold: { provisional: true }, prod: [bad.id] });
      room.server.beforeRequest(undefined);
      await room.write();
      const commits = await room.git('log', '--format=%H', '--grep', release?.id ?? '?', 'main');
      expect(commits.trim().split('\n')).toHaveLength(1);
      expect(await room.release(release?.id ?? '')).toMatchObject({ state: 'committed', replacedArtifactId: bad.id });
      expect(await stops()).toMatchObject({ hold: { provisional: false }, prod: [bad.id] });
      expect(JSON.stringify(await stateFile('prod'))).toContain(bad.id);
      expect(await there()).toMatchObject({ id: good.id });
      const [, before] = await new ReleaseStore(room.database.db).list({ service }, 2);
      expect(before).toMatchObject({ rolledBackBy: release?.id });
    },
  );
});

describe('two people at once', () => {
  it('are of one mind: the second is shown what the first did', async () => {
    const [good, bad] = await released('one', 'two');
    const both = await Promise.all([rollBack({ from: bad.id }), rollBack({ from: bad.id }, bob)]);
    expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'already-there']);
    expect(both[0].release?.id).toBe(both[1].release?.id);
    await room.write();
    expect(await there()).toMatchObject({ id: good.id });
    expect(await rollBack({ from: bad.id }, bob)).toMatchObject({
      outcome: 'already-there',
      release: { artifactId: good.id },
    });
    expect(await rollBack({ to: good.id }, bob)).toMatchObject({ outcome: 'already-there' });
    expect((await stops()).prod).toEqual([bad.id]);
  });

  it('want different things: one after the other, each on record, and what never ran is not quarantined', async () => {
    const [first, second, bad] = await released('one', 'two', 'three');
    const one = await rollBack({ to: second.id });
    const two = await rollBack({ to: first.id }, bob);
    expect([one.outcome, two.outcome]).toEqual(['accepted', 'accepted']);
    expect(two).toMatchObject({ from: bad.id, cancelled: [] });
    await room.write();
    expect(await there()).toMatchObject({ id: first.id });
    expect(await room.release(one.release?.id ?? '')).toMatchObject({
      state: 'committed',
      rolledBackBy: two.release?.id,
    });
    expect((await stops()).prod).toEqual([bad.id]);
    expect((await stops()).hold).toMatchObject({ actor: bob, provisional: false });
  });

  it('one of whom saw something that is gone: nothing happens', async () => {
    const [, second] = await released('one', 'two', 'three');
    await expect(rollBack({ from: second.id })).rejects.toMatchObject({ kind: 'conflict', code: 'rollback.moved-on' });
    expect(await stops()).toMatchObject({ hold: undefined, prod: [] });
  });
});

describe('what is refused', () => {
  it('before anything is done, with the way out', async () => {
    const [first, second] = await released('one', 'two');
    const never = await room.artifact({ service, text: 'never', run: 3 });
    const other = await room.artifact({ service: 'another', text: 'x' });
    await rollBack();
    await room.write();
    const forward = `release-cli release --artifact`;
    const refusals: readonly (readonly [to: string, code: string, next: string])[] = [
      [never.id, 'rollback.never-there', `${forward} ${never.id} prod --service ${service}`],
      [other.id, 'artifact.other-service', '--service another'],
      ['main-0000000000-0000000000', 'artifact.not-found', 'artifact list'],
      [second.id, 'rollback.quarantined', `release-cli quarantine ${second.id} --lift`],
    ];
    for (const [to, code, next] of refusals)
      await expect(rollBack({ to })).rejects.toMatchObject({ code, next: expect.stringContaining(next) as string });
    await new QuarantineStore(room.database.db).lift({ artifactId: second.id, environment: 'prod' });
    await expect(rollBack({ to: second.id })).rejects.toMatchObject({
      code: 'rollback.to-newer',
      next: expect.stringContaining(`${forward} ${second.id} prod`) as string,
    });
    expect(await there()).toMatchObject({ id: first.id });
  });

  it('by the plan: the release says why, and hold and quarantine go with it', async () => {
    const [good] = await released('one');
    const renamed = { prod: manifests(`other-${service}`, 'two'), dev: manifests(service, 'two') };
    const bad = await room.artifact({ service, text: 'two', run: 2, environments: renamed });
    await queue(bad);
    await room.write();
    const thief = await room.artifact({
      service: `thief-${service}`,
      text: 'x',
      environments: { prod: manifests(service, 'x') },
    });
    await queue(thief, `thief-${service}`);
    await room.write();
    const outcome = await rollBack();
    expect(outcome).toMatchObject({ outcome: 'accepted', to: { artifactId: good.id } });
    await room.write();
    expect(await room.release(outcome.release?.id ?? '')).toMatchObject({
      state: 'denied',
      failure: { code: 'plan.foreign-object' },
    });
    expect(await stops()).toEqual({ hold: undefined, prod: [], dev: [] });
    expect(await stateFile('prod')).toBeNull();
    expect((await ledger()).some((cause) => cause.includes(`thief-${service}`))).toBe(true);
    await expect(room.service.retry(ada, outcome.release?.id ?? '', undefined)).rejects.toMatchObject({
      code: 'release.is-rollback',
    });
  });

  it('by the decision: it is on record, the queue goes on, and nothing is held', async () => {
    const [good] = await released('one', 'two');
    const queued = await queue(await room.artifact({ service, text: 'three', run: 3 }));
    const rejected = `jsonb_set(environments, '{prod,state}', '"rejected"')`;
    await room.database
      .db('artifacts')
      .where({ id: good.id })
      .update({ environments: room.database.db.raw(rejected) });
    const outcome = await rollBack({ to: good.id });
    expect(outcome).toMatchObject({ outcome: 'denied', held: false, quarantined: [], cancelled: [] });
    expect(outcome.release).toMatchObject({ state: 'denied' });
    expect(await stops()).toEqual({ hold: undefined, prod: [], dev: [] });
    await room.write();
    expect(await room.release(queued.id)).toMatchObject({ state: 'committed' });
  });

  it('by rights: nothing for who may not, and no quarantine where somebody may not', async () => {
    const [, bad] = await released('one', 'two');
    const request = { service, environment: 'prod', reason: 'why' };
    const locked = rollbacks((environment) => environment === 'prod');
    await expect(locked.request({ actor: ada }, request)).rejects.toMatchObject({ code: 'access.forbidden' });
    await expect(locked.plan({ actor: ada }, request)).rejects.toMatchObject({ code: 'access.forbidden' });
    const half = await rollbacks((environment) => environment === 'dev').request({ actor: ada }, request);
    expect(half).toMatchObject({ quarantined: ['prod'], notQuarantined: [{ environment: 'dev' }] });
    expect(await stops()).toMatchObject({ prod: [bad.id], dev: [] });
  });
});

it('goes by what was rebuilt after a loss, also to an artifact that is nowhere but in the config repo', async () => {
  const [, good, bad] = await released('one', 'two', 'three');
  const { db } = room.database;
  await db('rollbacks').where({ service }).del();
  await db('releases').where({ service }).update({ queue_seq: null, tree_oid: null, branch: null, decision: null });
  await db('artifacts').where({ id: good.id }).del();
  room.loader.broken.add(good.id);
  expect(await rollBack()).toMatchObject({ outcome: 'accepted', from: bad.id, to: { artifactId: good.id } });
  await room.write();
  expect(await there()).toMatchObject({ id: good.id });
});

it('does not guess while history is read again after a loss, and takes what is named', async () => {
  const [good] = await released('one', 'two');
  const before = await room.database
    .db('recovery')
    .first<{ state: string; history_done: boolean } | undefined>('state', 'history_done');
  await room.database.db('recovery').update({ state: 'rebuilding', history_done: false });
  await expect(rollBack()).rejects.toMatchObject({ kind: 'unavailable', code: 'rollback.history-incomplete' });
  expect(await rollBack({ to: good.id })).toMatchObject({ outcome: 'accepted' });
  await room.database.db('recovery').update({ state: before?.state, history_done: before?.history_done });
  await room.write();
});

it('is shown by the release whose place it took', async () => {
  const [, bad] = await released('one', 'two');
  const { release } = await rollBack();
  await room.write();
  const [, before] = await new ReleaseStore(room.database.db).list({ service }, 2);
  expect(before).toMatchObject({ artifactId: bad.id, rolledBackBy: release?.id });
  // As after a rebuild.
  await room.database.db('releases').where({ service }).update({ rolled_back_by: null });
  await markRolledBack(room.database.db);
  expect(await room.release(before?.id ?? '')).toMatchObject({ rolledBackBy: release?.id });
});
