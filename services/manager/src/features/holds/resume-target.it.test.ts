import { jsonb } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import type { RecoveryGuard, Release } from '../releases/index.ts';
import { HoldStore } from './hold-store.ts';
import { sweepHolds } from './hold-sweep.ts';
import { holdTarget, type HoldOutcome } from './hold-target.ts';
import { quarantineArtifact } from './quarantine-artifact.ts';
import { resumeTarget, whatWouldResume } from './resume-target.ts';

const services = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'beside'];
const policies = Object.fromEntries(
  services.map((service) => [
    service,
    `service: ${service}\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n`,
  ]),
);
const start = new Date('2026-03-01T10:00:00Z');

let room: ReleaseRoom;
let now = start;
beforeAll(async () => {
  room = await openReleaseRoom({ policies, now: () => now });
});
afterAll(() => room.close());

/** What recovery says; nothing is lost unless a test says so. */
let lost: Awaited<ReturnType<RecoveryGuard['automationHold']>>;
const recovery: Pick<RecoveryGuard, 'automationHold'> = { automationHold: () => Promise.resolve(lost) };
const deps = () => ({ database: room.database, now: () => now, recovery, logger: silentLogger });
const at = (service: string) => ({ service, environment: 'dev' });

const hold = (service: string, more: { until?: Date; releaseId?: string } = {}): Promise<HoldOutcome> =>
  room.database.transaction((tx) =>
    holdTarget(tx, { ...at(service), reason: 'orders fail', actor: ada, at: now, ...more }),
  );

let run = 0;
async function merge(service: string): Promise<Release> {
  run += 1;
  const artifact = await room.artifact({ service, text: `run ${run}`, run });
  const [id = ''] = await room.automate(artifact);
  return room.release(id);
}

const state = async (release: Release): Promise<string> => (await room.release(release.id)).state;
const causes = (service: string, kind: string): Promise<string[]> =>
  room.database.db('ledger').where({ service, kind }).orderBy('id').pluck('cause');

test('resume says what would go out, then lets the newest go, and says it in the ledger', async () => {
  expect(await whatWouldResume(deps(), at('one'))).toEqual({ holds: [], goesOut: [], stays: [] });
  await hold('one');
  await merge('one');
  const newest = await merge('one');

  const plan = await whatWouldResume(deps(), at('one'));
  expect(plan.goesOut.map(({ id }) => id)).toEqual([newest.id]);
  expect(await state(newest)).toBe('waiting');

  const done = await resumeTarget(deps(), at('one'), ada);
  expect(done.holds).toHaveLength(1);
  expect(done.goesOut.map(({ id }) => id)).toEqual([newest.id]);
  await room.write();
  expect(await state(newest)).toBe('committed');
  expect(await causes('one', 'hold.lifted')).toEqual([
    'ada resumed dev, ending the hold which ada had set 2026-03-01 10:00 UTC: orders fail',
  ]);
  expect(await resumeTarget(deps(), at('one'), ada)).toEqual({ holds: [], goesOut: [], stays: [] });
});

test('a hold with an end counts no longer from then on, and ends by itself', async () => {
  const until = new Date(start.getTime() + 3_600_000);
  await hold('two', { until });
  const waiting = await merge('two');
  await sweepHolds(deps());
  expect(await state(waiting)).toBe('waiting');

  now = until;
  // Nobody has swept yet, and what comes at that very time goes out already.
  const punctual = await merge('two');
  expect(punctual).toMatchObject({ state: 'queued' });
  expect(await state(waiting)).toBe('superseded');
  await hold('three', { until: new Date(until.getTime() + 1000) });
  const other = await merge('three');
  await room.write();
  expect(await room.git('show', 'main:state/dev/three.json')).toContain('orders fail');
  now = new Date(until.getTime() + 1000);
  await sweepHolds(deps());
  await sweepHolds(deps());
  expect(await state(other)).toBe('queued');
  expect(await causes('three', 'hold.expired')).toHaveLength(1);
  await room.write();
  expect(await state(other)).toBe('committed');
  expect(await room.git('show', 'main:state/dev/three.json')).not.toContain('orders fail');
});

test('a hold that ends by itself beside another one lets nothing out, and the record says that the other one stays', async () => {
  const until = new Date(now.getTime() + 1000);
  await hold('beside', { until });
  const other = { ...at('beside'), reason: 'rolled back', actor: ada, since: now };
  await new HoldStore(room.database.db).restore(other);
  const release = await merge('beside');
  now = until;
  await sweepHolds(deps());
  expect(await state(release)).toBe('waiting');
  expect((await causes('beside', 'hold.expired'))[0]).toContain('; another one stays: dev is held, since');
});

test('what waits for several reasons goes out when none is left', async () => {
  await hold('four');
  const release = await merge('four');
  lost = { rule: 'recovery', verdict: 'waits', explanation: 'the database lost its memory' };
  const { goesOut, stays } = await resumeTarget(deps(), at('four'), ada);
  lost = undefined;
  expect(goesOut).toEqual([]);
  expect(stays).toMatchObject([{ to: 'waiting', why: 'the database lost its memory' }]);
  const waiting = await room.release(release.id);
  expect(waiting).toMatchObject({ state: 'waiting' });
  expect(waiting.decision?.opinions.map(({ rule }) => rule)).not.toContain('hold');

  await hold('five');
  const bad = await merge('five');
  await room.database.transaction((tx) =>
    quarantineArtifact(tx, { ...at('five'), artifactId: bad.artifactId ?? '', reason: 'bad', actor: ada, at: now }),
  );
  expect(await state(bad)).toBe('denied');
  expect((await resumeTarget(deps(), at('five'), ada)).goesOut).toEqual([]);
});

test('what may yet be refused for another reason takes the place of nothing', async () => {
  const good = await merge('seven');
  const unproven = await merge('seven');
  // As if GitHub had not answered yet: automation supersedes nothing then, and remembers nothing.
  await room.database.db('automation_heads').where({ service: 'seven' }).update({ artifact_id: good.artifactId });
  await room.database.db('releases').where({ id: good.id }).update({ state: 'queued', superseded_by: null });
  const waits = { rule: 'sha-reachable', verdict: 'waits', explanation: 'GitHub is away' };
  await room.database
    .db('releases')
    .where({ id: unproven.id })
    .update({ state: 'waiting', decision: jsonb({ verdict: 'waiting', opinions: [waits] }) });
  expect((await hold('seven')).waiting).toMatchObject({ id: good.id });
  expect(await state(unproven)).toBe('waiting');
  const { goesOut } = await resumeTarget(deps(), at('seven'), ada);
  expect(goesOut.map(({ id }) => id)).toEqual([good.id]);
  expect(await state(unproven)).toBe('waiting');
});

test('what the writer holds after the hold has gone is let go all the same', async () => {
  await hold('six');
  const release = await merge('six');
  await room.database.db('holds').where({ service: 'six' }).del();
  await sweepHolds(deps());
  expect(await state(release)).toBe('queued');
});

test('what a rollback brought is settled when its release ended without a word', async () => {
  const artifact = await room.artifact({ service: 'six', branch: 'fix', text: 'back' });
  const { outcomes } = await room.service.request(ada, {
    ...at('six'),
    environments: ['dev'],
    what: { artifact: artifact.id },
  });
  const releaseId = outcomes[0]?.release?.id ?? '';
  await hold('six', { releaseId });
  await sweepHolds(deps());
  expect(await room.database.db('holds').where({ service: 'six' }).pluck('provisional')).toEqual([true]);
  await room.database.db('releases').where({ id: releaseId }).update({ state: 'cancelled' });
  await sweepHolds(deps());
  expect(await room.database.db('holds').where({ service: 'six' })).toEqual([]);
});
