import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import type { Release } from '../releases/index.ts';
import { HoldStore } from './hold-store.ts';
import { holdTarget } from './hold-target.ts';
import { quarantineArtifact } from './quarantine-artifact.ts';

const services = ['silent', 'newest', 'good', 'answer', 'way'];
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
beforeEach(() => room.server.beforeRequest(undefined));

let run = 0;
async function merge(service: string): Promise<Release> {
  run += 1;
  const [id = ''] = await room.automate(await room.artifact({ service, text: `run ${run}`, run }));
  return room.release(id);
}

const target = (service: string) => ({
  service,
  environment: 'dev',
  reason: 'orders fail',
  actor: ada,
  at: new Date(),
});
const state = async (release: Release): Promise<string> => (await room.release(release.id)).state;

/** A push of which nobody knows whether it landed; it did, or not. */
async function loseAnswer(landed: boolean): Promise<void> {
  room.server.beforeRequest(({ kind }) => (kind === 'push' ? (landed ? 'drop-after' : 'drop-before') : 'none'));
  await expect(room.write()).rejects.toMatchObject({ code: 'release.push-in-doubt' });
  room.server.beforeRequest(undefined);
}

test('a release whose push is in doubt stays queued while nothing moves the branch, whatever is decided of it', async () => {
  const release = await merge('silent');
  await loseAnswer(false);
  // Without a file of its own, as after a hold that came back from a backup.
  await new HoldStore(room.database.db).set(target('silent'));
  const round = await room.round();
  expect(round.postponed.map((each) => each.release.id)).toEqual([release.id]);
  expect(await room.release(release.id)).toMatchObject({
    state: 'queued',
    waitsFor: 'the config repo, which did not say whether it took the push',
  });
  await room.personPushes({ 'README.md': 'hello' });
  await room.repo.refresh();
  await room.write();
  expect(await state(release)).toBe('waiting');
});

test('one that did land is committed, though it was held meanwhile', async () => {
  const release = await merge('silent');
  expect(release).toMatchObject({ state: 'waiting' });
  await new HoldStore(room.database.db).lift(target('silent'));
  const other = await merge('silent');
  await loseAnswer(true);
  await room.database.transaction((tx) => holdTarget(tx, target('silent')));
  await room.database.transaction((tx) =>
    quarantineArtifact(tx, { ...target('silent'), artifactId: other.artifactId ?? '' }),
  );
  await room.write();
  expect(await state(other)).toBe('committed');
});

test('of what was on its way and what came later the newest waits', async () => {
  const first = await merge('newest');
  await loseAnswer(false);
  await room.database.transaction((tx) => holdTarget(tx, target('newest')));
  const later = await merge('newest');
  expect(await state(first)).toBe('queued');
  expect(await state(later)).toBe('waiting');
  await room.write();
  expect(await room.release(first.id)).toMatchObject({ state: 'superseded', supersededBy: later.id });
  expect(await state(later)).toBe('waiting');
});

test('a quarantine that meets a push in doubt denies the release once the push is known not to have landed', async () => {
  const release = await merge('good');
  await loseAnswer(false);
  const { denied, onTheirWay } = await room.database.transaction((tx) =>
    quarantineArtifact(tx, { ...target('good'), artifactId: release.artifactId ?? '' }),
  );
  expect(denied).toEqual([]);
  expect(onTheirWay.map(({ id }) => id)).toEqual([release.id]);
  await room.write();
  expect(await state(release)).toBe('denied');
  expect(await room.git('ls-tree', '-r', '--name-only', 'main', 'dev')).not.toContain('/good/');
});

test('what a rollback brings is firm also when the answer to its push was lost', async () => {
  const { id } = await room.artifact({ service: 'answer', text: 'back' });
  const { outcomes } = await room.service.request(ada, {
    service: 'answer',
    environments: ['dev'],
    what: { artifact: id },
  });
  const releaseId = outcomes[0]?.release?.id ?? '';
  await room.database.transaction((tx) => holdTarget(tx, { ...target('answer'), releaseId }));
  await loseAnswer(true);
  const provisional = (): Promise<boolean[]> =>
    room.database.db('holds').where({ service: 'answer' }).pluck('provisional');
  expect(await provisional()).toEqual([true]);
  const commits = await room.git('rev-list', '--count', 'main');
  await room.write();
  expect(await provisional()).toEqual([false]);
  expect(await room.release(releaseId)).toMatchObject({ state: 'committed' });
  expect(await room.git('rev-list', '--count', 'main')).toBe(commits);
  expect(await room.database.db('state_files').whereRaw('version > written_version')).toEqual([]);
});

test('something in the way of the files keeps no release back', async () => {
  await room.personPushes(Object.fromEntries((await stateFiles()).map((path) => [path, undefined])));
  await room.personPushes({ state: 'a file, where a folder belongs' });
  await room.repo.refresh();
  await room.database.transaction((tx) => holdTarget(tx, { ...target('way'), environment: 'prod' }));
  const release = await merge('way');
  await room.write();
  expect(await state(release)).toBe('committed');
  expect(await room.git('show', 'main:state')).toContain('where a folder belongs');

  await room.personPushes({ state: undefined });
  await room.repo.refresh();
  await room.write();
  expect(await stateFiles()).toEqual(['state/prod/way.json']);
});

async function stateFiles(): Promise<string[]> {
  const listed = await room.git('ls-tree', '-r', '--name-only', 'main', 'state');
  return listed.trim().split('\n');
}
