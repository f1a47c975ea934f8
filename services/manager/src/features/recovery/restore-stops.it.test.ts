import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createFolderStore } from '@release-manager/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { holdTarget, HoldStore, quarantineArtifact, QuarantineStore } from '../holds/index.ts';
import type { RecoveryGuard } from '../releases/index.ts';
import { createRecoveryGuard } from './recovery-guard.ts';
import { RecoveryStore } from './recovery-store.ts';
import { resume } from './resume.ts';

const target = { service: 'web', environment: 'dev' };
const file = 'state/dev/web.json';

let room: ReleaseRoom;
let folder: string;
let bad: string;

/** A service with a hold and a quarantine that stand in the config repo. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restore-stops-'));
  const policies = { web: 'service: web\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n' };
  room = await openReleaseRoom({ policies });
  const artifact = await room.artifact({ service: 'web', text: 'bad' });
  bad = artifact.id;
  await room.automate(artifact);
  await room.write(guard());
  await hold('orders fail');
  await room.database.transaction((tx) =>
    quarantineArtifact(tx, { ...target, artifactId: bad, reason: 'it is bad', actor: ada, at: new Date() }),
  );
  await room.write(guard());
});
afterEach(async () => {
  await room.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

const hold = (reason: string) =>
  room.database.transaction((tx) => holdTarget(tx, { ...target, reason, actor: ada, at: new Date() }));

/** The guard of a process that has just started. */
function guard(): RecoveryGuard {
  const store = createFolderStore({
    folder: join(folder, 'store'),
    publicUrl: 'http://localhost',
    secret: Buffer.alloc(32),
  });
  return createRecoveryGuard({ ...room.deps, store });
}

/** The database is another one, and empty but for the artifacts of this test. */
async function lose(): Promise<void> {
  await room.database.db.raw(
    `truncate holds, quarantines, state_files, push_attempt_releases, push_attempts, releases, automation_heads, owned_folders,
       owned_objects, config_repo_tip cascade`,
  );
  await room.database.db('recovery').update({ known_tip: null, state: 'whole' });
}

const theHold = () => new HoldStore(room.database.db).of(target, new Date());
const quarantined = () => new QuarantineStore(room.database.db).artifactsOf(target);

describe('a lost database', () => {
  it('knows holds and quarantines again before anything automatic is possible, and what waited still waits', async () => {
    await lose();
    const after = guard();
    await room.write(after);
    expect(await theHold()).toMatchObject({ reason: 'orders fail', actor: ada, provisional: false });
    expect(await quarantined()).toEqual(new Set([bad]));
    const { outcomes } = await room.service.request(ada, {
      service: 'web',
      environments: ['dev'],
      what: { artifact: bad },
    });
    expect(outcomes[0]).toMatchObject({ outcome: 'denied' });

    const [id = ''] = await room.automate(await room.artifact({ service: 'web', text: 'next', run: 2 }), after);
    const rules = async (): Promise<string[]> =>
      (await room.release(id)).decision?.opinions
        .filter(({ verdict }) => verdict === 'waits')
        .map(({ rule }) => rule) ?? [];
    expect(await rules()).toEqual(['recovery', 'hold']);
    await new RecoveryStore(room.database.db).rebuilt(new Date());
    expect(await resume(room.deps, { kind: 'admin' })).toEqual([]);
    expect(await rules()).toEqual(['hold']);
    await room.write(after);
    expect(await room.release(id)).toMatchObject({ state: 'waiting' });

    const commits = await room.git('rev-list', '--count', 'main');
    await room.write(guard());
    expect(await room.git('rev-list', '--count', 'main')).toBe(commits);
  });

  it('holds a target whose file nobody can read', async () => {
    await room.personPushes({ [file]: '{ "schemaVersion": 1, ' });
    await room.repo.refresh();
    await lose();
    await room.write(guard());
    expect(await theHold()).toMatchObject({ actor: { kind: 'manager' } });
    expect((await theHold())?.reason).toContain(`${file} cannot be read (it is no JSON)`);
    expect(JSON.parse(await room.git('show', `main:${file}`))).toMatchObject({ hold: { by: { kind: 'manager' } } });
  });
});

it('reads a file of somebody who quarantined more than one statement takes', async () => {
  const state = JSON.parse(await room.git('show', `main:${file}`)) as { quarantines: object[] };
  const [one] = state.quarantines;
  const many = Array.from({ length: 9_000 }, (_, index) => ({
    ...one,
    artifact: `main-${String(index).padStart(10, '0')}-abcdef0123`,
  }));
  await room.personPushes({ [file]: JSON.stringify({ ...state, quarantines: many }) });
  await room.repo.refresh();
  await lose();
  await room.write(guard());
  expect((await quarantined()).size).toBe(many.length);
});

describe('a database that was restored', () => {
  it('learns what was set and lifted since, also where nothing was released', async () => {
    const { db } = room.database;
    const [rows, files] = [await db('holds'), await db<{ version: number; written_version: number }>('state_files')];
    await room.database.db('holds').del();
    await room.database.db('state_files').increment('version', 1);
    await room.write(guard());
    expect(await room.git('show', `main:${file}`)).not.toContain('orders fail');

    // The hold was lifted after the backup was made: it knows the hold, and an older count.
    await room.database.db('holds').insert(rows);
    for (const { version, written_version } of files)
      await room.database.db('state_files').update({ version, written_version });
    await room.database.db('recovery').update({ known_tip: (await room.git('rev-parse', 'main~1')).trim() });
    await room.write(guard());
    expect(await theHold()).toBeUndefined();
    expect(await quarantined()).toEqual(new Set([bad]));
    expect(await new RecoveryStore(room.database.db).read()).toMatchObject({ state: 'whole' });
  });

  it('keeps what somebody set since, and writes both down', async () => {
    await lose();
    await hold('since the loss');
    await room.write(guard());
    expect(await theHold()).toMatchObject({ reason: 'since the loss' });
    expect(await quarantined()).toEqual(new Set([bad]));
    expect(JSON.parse(await room.git('show', `main:${file}`))).toMatchObject({
      hold: { reason: 'since the loss' },
      quarantines: [{ artifact: bad }],
    });
  });
});

it('leaves alone what people do to the files: the rows count, and are written again with the next change', async () => {
  await room.personPushes({ [file]: '{}' });
  await room.write(guard());
  expect(await theHold()).toMatchObject({ reason: 'orders fail' });
  await hold('still');
  await room.write(guard());
  expect(JSON.parse(await room.git('show', `main:${file}`))).toMatchObject({ hold: { reason: 'still' } });
});
