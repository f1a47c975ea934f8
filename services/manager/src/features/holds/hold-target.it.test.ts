import { afterAll, beforeAll, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import type { Release } from '../releases/index.ts';
import { holdTarget, type HoldOutcome } from './hold-target.ts';
import { quarantineArtifact, type QuarantineOutcome } from './quarantine-artifact.ts';
import { settle } from './settle.ts';

const services = ['auto', 'race', 'doubt', 'file', 'bad', 'back', 'killed'];
const policies = Object.fromEntries(
  services.map((service) => [
    service,
    `service: ${service}\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n`,
  ]),
);

let room: ReleaseRoom;
beforeAll(async () => {
  room = await openReleaseRoom({ policies });
});
afterAll(() => room.close());

const hold = (service: string, more: { until?: Date; releaseId?: string } = {}): Promise<HoldOutcome> =>
  room.database.transaction((tx) =>
    holdTarget(tx, { service, environment: 'dev', reason: 'orders fail', actor: ada, at: new Date(), ...more }),
  );

const quarantine = (service: string, artifactId: string, releaseId?: string): Promise<QuarantineOutcome> =>
  room.database.transaction((tx) =>
    quarantineArtifact(tx, {
      service,
      environment: 'dev',
      artifactId,
      reason: 'orders fail',
      actor: ada,
      at: new Date(),
      releaseId,
    }),
  );

let run = 0;
/** A merge on main: the release that automation makes of it. */
async function merge(service: string): Promise<Release> {
  run += 1;
  const artifact = await room.artifact({ service, text: `run ${run}`, run });
  const [id = ''] = await room.automate(artifact);
  return room.release(id);
}

async function ask(service: string, artifact: string) {
  const { outcomes } = await room.service.request(ada, { service, environments: ['dev'], what: { artifact } });
  return outcomes[0];
}

const state = async (release: Release): Promise<string> => (await room.release(release.id)).state;
const file = async (service: string): Promise<unknown> =>
  JSON.parse(await room.git('show', `main:state/dev/${service}.json`)) as unknown;
const subjects = async (): Promise<string[]> => (await room.git('log', '--format=%s', 'main')).trim().split('\n');

test('a hold makes what is queued and what comes wait, the newest only, and stops no person, who is told of it', async () => {
  const first = await merge('auto');
  await room.write();
  const queued = await merge('auto');

  const { waiting, onTheirWay } = await hold('auto');
  expect(onTheirWay).toEqual([]);
  expect(waiting).toMatchObject({ id: queued.id, state: 'waiting' });
  const later = await merge('auto');
  expect(later).toMatchObject({ state: 'waiting' });
  expect(later.decision?.opinions).toContainEqual(
    expect.objectContaining({ rule: 'hold', verdict: 'waits', source: { file: 'state/dev/auto.json', line: 1 } }),
  );
  expect(await room.release(queued.id)).toMatchObject({ state: 'superseded', supersededBy: later.id });
  await room.write();
  expect(await state(later)).toBe('waiting');

  const byHand = await room.artifact({ service: 'auto', branch: 'fix', text: 'by hand' });
  const outcome = await ask('auto', byHand.id);
  expect(outcome).toMatchObject({ outcome: 'accepted' });
  expect(outcome?.message).toMatch(
    /is queued for dev; dev is held, since .* UTC by ada: orders fail; your release goes out/,
  );
  await room.write();
  expect(await state(outcome?.release ?? first)).toBe('committed');
  expect(await state(later)).toBe('waiting');
});

test('a hold that comes between plan and push keeps the release back, and one that comes later lets it through', async () => {
  const held = await merge('race');
  const key = { service: 'race' };
  // The writer has read what stops it and loads the artifact: only now somebody holds.
  const { load } = room.deps.loader;
  let came = false;
  room.deps.loader.load = async (artifact) => {
    if (artifact.service === 'race' && !came) {
      came = true;
      await hold('race');
    }
    return load(artifact);
  };
  await room.write();
  room.deps.loader.load = load;
  expect(await state(held)).toBe('waiting');
  expect(await room.database.db('releases').where({ ...key, state: 'committed' })).toEqual([]);

  const other = await merge('doubt');
  let outcome: HoldOutcome | undefined;
  room.server.beforeRequest(async ({ kind }) => {
    if (kind === 'push') outcome ??= await hold('doubt');
    return 'none' as const;
  });
  await room.write();
  room.server.beforeRequest(undefined);
  expect(outcome?.onTheirWay.map(({ id }) => id)).toEqual([other.id]);
  expect(await state(other)).toBe('committed');
});

test('a push whose answer was lost is settled before its release is made to wait', async () => {
  await room.database.db('holds').del();
  const release = await merge('doubt');
  room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-before' : 'none'));
  await expect(room.write()).rejects.toMatchObject({ kind: 'unavailable' });
  room.server.beforeRequest(undefined);
  const { onTheirWay } = await hold('doubt');
  expect(onTheirWay.map(({ id }) => id)).toEqual([release.id]);
  await room.write();
  // The file of the hold moved the branch, so the push in doubt can never land any more.
  expect(await state(release)).toBe('waiting');
  expect(await room.database.db('push_attempts').where({ state: 'recorded' })).toEqual([]);
  expect(await file('doubt')).toMatchObject({ hold: { reason: 'orders fail' } });
});

test('the file says what the rows say, in a commit of the person, also when nothing is stopped any more', async () => {
  const at = new Date(Date.now() + 3_600_000);
  const artifact = await room.artifact({ service: 'file', text: 'bad' });
  await hold('file', { until: at });
  await quarantine('file', artifact.id);
  await room.write();
  expect(await file('file')).toMatchObject({
    schemaVersion: 1,
    environment: 'dev',
    service: 'file',
    hold: { reason: 'orders fail', until: at.toISOString(), by: { kind: 'person', id: 'ada' } },
    quarantines: [{ artifact: artifact.id, reason: 'orders fail' }],
  });
  const head = await room.git(
    'log',
    '-1',
    '--format=%an|%cn|%s|%(trailers:key=Service,valueonly)%(trailers:key=Reason,valueonly)',
    'main',
  );
  expect(head.trim()).toBe(
    `Ada L|release-manager|[dev/file] hold set, ${artifact.id} quarantined by ada|file\norders fail`,
  );

  const before = (await subjects()).length;
  await room.write();
  expect(await subjects()).toHaveLength(before);
  await room.database.db('holds').where({ service: 'file' }).del();
  await room.database.db('quarantines').where({ service: 'file' }).del();
  await room.database.db('state_files').where({ service: 'file' }).increment('version', 1);
  await room.write();
  expect((await subjects())[0]).toBe(`[dev/file] hold ended, ${artifact.id} released from quarantine by ada`);
  // It stays and says so: a hold that ended must not look like one that was forgotten.
  const empty = await file('file');
  expect(empty).toMatchObject({ quarantines: [] });
  expect(empty).not.toHaveProperty('hold');
});

test('a process that dies between the push and its record writes no second commit', async () => {
  await hold('killed');
  await room.write();
  const before = (await subjects()).length;
  await room.database.db('state_files').where({ service: 'killed' }).update({ written_version: 0 });
  await room.write();
  expect(await subjects()).toHaveLength(before);
  expect(await room.database.db('state_files').whereRaw('version > written_version')).toEqual([]);
});

test('a quarantine denies what is queued, and everybody who asks', async () => {
  const queued = await merge('bad');
  const artifactId = queued.artifactId ?? '';
  const { denied } = await quarantine('bad', artifactId);
  expect(denied.map(({ id }) => id)).toEqual([queued.id]);
  expect(await room.release(queued.id)).toMatchObject({ state: 'denied' });
  const outcome = await ask('bad', artifactId);
  expect(outcome).toMatchObject({ outcome: 'denied' });
  expect(outcome?.message).toMatch(/is quarantined in dev, since .* by ada: orders fail/);
  const said = outcome?.release?.decision?.opinions.find(({ rule }) => rule === 'quarantine');
  expect(said?.next).toContain(`release-cli quarantine ${artifactId} --lift`);
  expect(said?.source).toEqual({ file: 'state/dev/bad.json', line: 1 });
  const another = await merge('bad');
  await room.write();
  expect(await state(another)).toBe('committed');
});

test('what a rollback brings counts at once, is written in the push of its release, and goes away when that is refused', async () => {
  const bad = await merge('back');
  await room.write();
  const good = await room.artifact({ service: 'back', branch: 'fix', text: 'good' });
  const before = (await subjects()).length;

  const rolledBack = async (artifact: string): Promise<Release> => {
    const outcome = await ask('back', artifact);
    if (outcome?.release === undefined) throw new Error('nothing was recorded');
    await hold('back', { releaseId: outcome.release.id });
    await quarantine('back', bad.artifactId ?? '', outcome.release.id);
    return outcome.release;
  };
  const refused = await rolledBack(good.id);
  expect(await merge('back')).toMatchObject({ state: 'waiting' });
  room.loader.broken.add(good.id);
  await room.write();
  room.loader.broken.delete(good.id);
  expect(await state(refused)).toBe('denied');
  expect(await room.database.db('holds').where({ service: 'back' })).toEqual([]);
  expect(await room.database.db('quarantines').where({ service: 'back' })).toEqual([]);
  expect(await subjects()).toHaveLength(before);
  const kinds: string[] = await room.database
    .db('ledger')
    .where({ release_id: refused.id })
    .orderBy('id')
    .pluck('kind');
  expect(kinds).toEqual([
    'release.queued',
    'hold.set',
    'quarantine.set',
    'release.denied',
    'hold.lifted',
    'quarantine.lifted',
  ]);

  const done = await rolledBack(good.id);
  await room.write();
  expect(await state(done)).toBe('committed');
  expect((await subjects()).slice(0, 2)).toEqual([
    `[dev/back] hold set, ${bad.artifactId ?? ''} quarantined by ada`,
    `[dev/back] release ${good.id} by ada`,
  ]);
  expect(await file('back')).toMatchObject({ hold: { release: done.id }, quarantines: [{ release: done.id }] });
  expect(await room.database.db('holds').where({ service: 'back' }).pluck('provisional')).toEqual([false]);

  // Whoever died before it was recorded, and finds out by reading the branch, comes here a second time.
  await room.database.transaction((tx) => settle(tx, [done.id], 'committed', new Date()));
  await room.write();
  expect(await subjects()).toHaveLength(before + 2);
});
