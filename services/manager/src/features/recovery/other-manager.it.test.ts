import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { newId } from '@release-manager/domain';
import { createMirror, noCredentials, type Oid } from '@release-manager/git';
import { createFolderStore } from '@release-manager/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { checkOtherManagers } from './other-manager.ts';
import { createRecoveryGuard } from './recovery-guard.ts';
import { RecoveryStore } from './recovery-store.ts';
import { resume } from './resume.ts';

let room: ReleaseRoom;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'other-manager-'));
  room = await openReleaseRoom();
});
afterEach(async () => {
  await room.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** The guard of a process that has just started. */
function guard() {
  const secret = Buffer.alloc(32);
  const store = createFolderStore({ folder: join(folder, 'store'), publicUrl: 'http://localhost', secret });
  return createRecoveryGuard({ ...room.deps, store });
}

async function release(text: string): Promise<void> {
  const { id: artifact } = await room.artifact({ service: 'web', text });
  await room.service.request(ada, { service: 'web', environments: ['dev'], what: { artifact } });
}

/** A release that was asked for in another database. */
async function strangerPushes(releaseId: string, service = 'cart'): Promise<Oid> {
  const options = { url: room.server.url('config.git'), branch: 'main', credentials: noCredentials };
  const mirror = createMirror({ ...options, folder: join(folder, 'stranger') });
  const base = await mirror.fetch();
  const writer = mirror.writer(base);
  const at = new Date();
  const commit = await writer.commit(
    [{ kind: 'put', path: `dev/releases/shop/${service}/notes.txt`, content: Buffer.from(`# ${releaseId}\n`) }],
    {
      message: `[dev/${service}] release\n\nRelease-Id: ${releaseId}\nService: ${service}\nEnvironment: dev\nIntent: undeploy\n`,
      author: { name: 'Bo', email: 'bo@example.com', at },
      committer: { name: 'release-manager', email: 'release-manager@staging.example.com', at },
    },
  );
  if (commit === undefined) throw new Error('nothing was changed');
  await writer.flush();
  expect(await mirror.push(base, commit)).toBe('landed');
  return commit;
}

const check = () => checkOtherManagers(room.database);

describe('a release of another database, above where this one left the branch', () => {
  it('is another manager, with who commits and what to do about it, until automation is resumed', async () => {
    const ours = guard();
    await release('one');
    await room.write(ours);
    expect(await check()).toMatchObject({ name: 'other managers', status: 'ok' });

    const first = newId('rel', new Date());
    await strangerPushes(first);
    const last = newId('rel', new Date());
    const commit = await strangerPushes(last);
    await room.repo.refresh();
    await release('two');
    await room.write(ours);

    const found = await check();
    expect(found).toMatchObject({ status: 'failed', next: expect.stringContaining('CONFIG_REPO_BRANCH') as string });
    expect(found.message).toContain(
      `2 releases that were not asked for here, the last ${last} in ${commit.slice(0, 10)} by release-manager <release-manager@staging.example.com>`,
    );
    const store = new RecoveryStore(room.database.db);
    expect(await store.read()).toMatchObject({ state: 'rebuilding', reason: found.message, releases: 2 });
    expect(await room.release(first)).toMatchObject({ state: 'committed', service: 'cart' });
    const began: string[] = await room.database.db('ledger').where({ kind: 'recovery.began' }).pluck('cause');
    expect(began).toEqual([`${found.message}. Automation is held until an administrator resumes it`]);
    // What people ask for goes on, on top of it.
    const states: string[] = await room.database.db('releases').where({ service: 'web' }).pluck('state');
    expect(states).toEqual(['committed', 'committed']);

    await store.rebuilt(new Date());
    await resume({ database: room.database, now: room.deps.now }, { kind: 'admin' });
    expect(await check()).toMatchObject({ status: 'ok' });
  });

  it('overtakes nothing that people asked for here, though it is committed first', async () => {
    const ours = guard();
    await release('one');
    await room.write(ours);
    await release('two');
    await strangerPushes(newId('rel', new Date(Date.now() + 60_000)), 'web');
    await room.repo.refresh();
    await room.write(ours);
    expect(await check()).toMatchObject({ status: 'failed' });
    const states: string[] = await room.database.db('releases').where({ intent: 'artifact' }).pluck('state');
    expect(states).toEqual(['committed', 'committed']);
    expect(await room.git('log', '-1', '--format=%s', 'main')).toContain('[dev/web] release main-');
  });

  it('is not claimed by a process that has only just started: the database may have been restored', async () => {
    await release('one');
    await room.write(guard());
    await strangerPushes(newId('rel', new Date()));
    await room.repo.refresh();
    await room.write(guard());
    expect(await new RecoveryStore(room.database.db).read()).toMatchObject({ state: 'rebuilding', releases: 1 });
    expect(await check()).toMatchObject({ status: 'ok' });
  });

  it('is not claimed where the database itself went back', async () => {
    const ours = guard();
    await release('one');
    await room.write(ours);
    const { knownTip = '' } = await new RecoveryStore(room.database.db).read();
    await release('two');
    await room.write(ours);
    const { db } = room.database;
    const [newest] = await db('releases').orderBy('seq', 'desc').limit(1).pluck<string[]>('id');
    const attempts: string[] = await db('push_attempt_releases').where({ release_id: newest }).pluck('attempt_id');
    await db('push_attempt_releases').where({ release_id: newest }).del();
    await db('push_attempts').whereIn('id', attempts).del();
    await db('releases').where({ id: newest }).del();
    await db('recovery').update({ known_tip: knownTip });
    await room.write(ours);
    expect(await new RecoveryStore(db).read()).toMatchObject({ state: 'rebuilding', releases: 1 });
    expect(await check()).toMatchObject({ status: 'ok' });
  });
});
