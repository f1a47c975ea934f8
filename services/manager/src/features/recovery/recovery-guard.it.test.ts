import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createMirror, noCredentials } from '@release-manager/git';
import { silentLogger } from '@release-manager/runtime';
import { createFolderStore } from '@release-manager/storage';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { createConfigRepo } from '../config-repo/index.ts';
import type { RecoveryGuard } from '../releases/index.ts';
import { createRecoveryGuard } from './recovery-guard.ts';
import { RecoveryStore } from './recovery-store.ts';
import type { Recovery } from './recovery.ts';
import { resume, whatWouldGoOut } from './resume.ts';

let room: ReleaseRoom;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recovery-'));
  const policies = { web: 'service: web\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n' };
  room = await openReleaseRoom({ policies });
});
afterEach(async () => {
  await room.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** The guard of a process that has just started; with a mirror of its own, of one beside ours. */
function guard(beside = false): RecoveryGuard {
  const store = createFolderStore({
    folder: join(folder, 'store'),
    publicUrl: 'http://localhost',
    secret: Buffer.alloc(32),
  });
  const options = { url: room.server.url('config.git'), branch: 'main', credentials: noCredentials };
  const repo = beside
    ? createConfigRepo({
        mirror: createMirror({ ...options, folder: join(folder, 'beside') }),
        logger: silentLogger,
        now: room.deps.now,
      })
    : room.repo;
  return createRecoveryGuard({ ...room.deps, repo, store });
}

const recovery = (): Promise<Recovery> => new RecoveryStore(room.database.db).read();
const commits = async (): Promise<string[]> => (await room.git('log', '--format=%H', 'main')).trim().split('\n');

async function ask(text: string, environment = 'dev'): Promise<string> {
  const { id: artifact } = await room.artifact({ service: 'web', text });
  const { outcomes } = await room.service.request(ada, {
    service: 'web',
    environments: [environment],
    what: { artifact },
  });
  const [outcome] = outcomes;
  if (outcome?.release === undefined) throw new Error('nothing was recorded');
  return outcome.release.id;
}

/** Makes the database one that was restored: some releases are forgotten, others are believed to be queued, at an older tip. */
async function restore(options: { tip: string; forgotten?: string[]; queued?: string[] }): Promise<void> {
  const { tip, forgotten = [], queued = [] } = options;
  const { db } = room.database;
  const both = [...forgotten, ...queued];
  const attempts = db('push_attempt_releases').whereIn('release_id', both).select('attempt_id');
  const ids: string[] = await db('push_attempts').whereIn('id', attempts).pluck('id');
  await db('push_attempt_releases').whereIn('attempt_id', ids).del();
  await db('push_attempts').whereIn('id', ids).del();
  await db('releases').whereIn('id', forgotten).del();
  await db('releases').whereIn('id', queued).update({ state: 'queued', commit_sha: null, committed_at: null });
  await db('recovery').update({ known_tip: tip });
}

describe('a database that remembers everything', () => {
  it('is whole after pushes of ours, of people, and of another process', async () => {
    const ours = guard();
    await ask('one');
    await room.write(ours);
    await room.personPushes({ 'README.md': 'hello' });
    await ask('two');
    await room.write(ours);
    const [tip] = await commits();
    expect(await recovery()).toMatchObject({ state: 'whole', knownTip: tip });

    // A mirror that is behind what another process has pushed and recorded must not take that for a rewritten history.
    const beside = guard(true);
    expect(await beside.settle(tip as never)).toBe(true);
    await ask('three');
    await room.write(ours);
    expect(await beside.settle(tip as never)).toBe(false);
    expect(await beside.settle((await commits())[0] as never)).toBe(true);
    expect(await recovery()).toMatchObject({ state: 'whole' });
  });

  it('leaves a push that is not recorded yet to the writer', async () => {
    const ours = guard();
    const id = await ask('one');
    await room.write(ours);
    const [tip = '', base = ''] = await commits();
    const { db } = room.database;
    await db('push_attempts').update({ state: 'recorded' });
    await db('releases').where({ id }).update({ state: 'queued', commit_sha: null });
    await db('recovery').update({ known_tip: base });
    expect(await ours.settle(tip as never)).toBe(false);
    await room.write(ours);
    expect(await room.release(id)).toMatchObject({ state: 'committed', commitSha: tip });
    expect(await recovery()).toMatchObject({ state: 'whole', knownTip: tip });
  });
});

describe('a push that is recorded while somebody compares', () => {
  it('is no loss, whenever it is recorded', async () => {
    const ours = guard();
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) ids.push(await ask(text));
    await room.write();
    const [tip = ''] = await commits();
    const { db } = room.database;
    const base = (await room.git('rev-parse', 'main~3')).trim();
    // Both states, again and again, changed in one transaction as the writer does it.
    for (let round = 0; round < 20; round += 1) {
      await db('push_attempts').update({ state: 'recorded' });
      await db('releases').whereIn('id', ids).update({ state: 'queued' });
      await db('recovery').update({ known_tip: base });
      await Promise.all([
        ours.settle(tip as never),
        room.database.transaction(async (tx) => {
          await tx('releases').whereIn('id', ids).update({ state: 'committed' });
          await tx('push_attempts').update({ state: 'landed' });
        }),
      ]);
      expect(await recovery()).toMatchObject({ state: 'whole' });
    }
  });
});

describe('a database that was restored from a backup', () => {
  it('commits nothing twice, finds what it forgot, and lets people go on', async () => {
    const before = guard();
    await ask('one');
    await room.write(before);
    const [tip = ''] = await commits();
    const queued = await ask('two');
    await room.write(before);
    const forgotten = await ask('three', 'prod');
    await room.write(before);
    const known = await room.release(forgotten);
    const there = await commits();
    await restore({ tip, forgotten: [forgotten], queued: [queued] });

    const after = guard();
    await room.write(after);
    expect(await commits()).toEqual(there);
    expect(await room.release(queued)).toMatchObject({ state: 'committed', commitSha: there[1] });
    const { service, environment, artifactId, branch, intent, automatic, actor, author, requestedAt } = known;
    const facts = { service, environment, artifactId, branch, intent, automatic, actor, author, requestedAt };
    expect(await room.release(forgotten)).toMatchObject({ ...facts, state: 'committed', commitSha: there[0] });
    expect(await recovery()).toMatchObject({ state: 'rebuilding', historyDone: true, releases: 2, knownTip: there[0] });
    const entries = await room.database.db('ledger').where({ kind: 'release.rebuilt' }).orderBy('id').pluck('cause');
    expect(entries).toEqual([
      expect.stringContaining(`rebuilt from ${there[1] ?? ''}`),
      expect.stringContaining(`rebuilt from ${there[0] ?? ''}`),
    ]);

    const next = await ask('four', 'prod');
    await room.write(after);
    expect(await room.release(next)).toMatchObject({ state: 'committed', replacedArtifactId: known.artifactId });
  });

  it('ends what a later release has overtaken, in the time that is forgotten', async () => {
    const before = guard();
    await ask('one');
    await room.write(before);
    const [tip = ''] = await commits();
    const overtaken = await ask('two');
    // It was refused; the backup still has it in the queue.
    await room.database.db('releases').where({ id: overtaken }).update({ state: 'denied' });
    const later = await ask('three');
    await room.write(before);
    const there = await commits();
    await restore({ tip, forgotten: [later] });
    await room.database.db('releases').where({ id: overtaken }).update({ state: 'queued' });

    await room.write(guard());
    expect(await commits()).toEqual(there);
    expect(await room.release(overtaken)).toMatchObject({ state: 'superseded', supersededBy: later });
  });

  it('holds automation, the newest build only, until an administrator resumes it', async () => {
    const before = guard();
    const forgotten = await ask('one', 'prod');
    await room.write(before);
    const [, tip = ''] = await commits();
    // In the queue of the backup, and in no commit.
    const [inQueue = ''] = await room.automate(await room.artifact({ service: 'web', text: 'two', run: 2 }), before);
    await restore({ tip, forgotten: [forgotten] });

    const after = guard();
    await room.write(after);
    expect(await room.release(inQueue)).toMatchObject({ state: 'waiting' });
    const [newer = ''] = await room.automate(await room.artifact({ service: 'web', text: 'three', run: 3 }), after);
    const waiting = await room.release(newer);
    expect(waiting).toMatchObject({ state: 'waiting' });
    expect(waiting.decision?.opinions).toContainEqual(expect.objectContaining({ rule: 'recovery', verdict: 'waits' }));
    expect(await room.release(inQueue)).toMatchObject({ state: 'superseded', supersededBy: newer });

    const deps = { database: room.database, now: room.deps.now };
    await expect(resume(deps, { kind: 'admin' })).rejects.toMatchObject({ code: 'recovery.not-finished' });
    await new RecoveryStore(room.database.db).rebuilt(new Date());
    expect((await whatWouldGoOut(deps)).map(({ id }) => id)).toEqual([newer]);
    expect((await resume(deps, { kind: 'admin' })).map(({ id }) => id)).toEqual([newer]);
    await room.write(after);
    expect(await room.release(newer)).toMatchObject({ state: 'committed' });
    expect(await resume(deps, { kind: 'admin' })).toEqual([]);
  });

  it('keeps back what automation released before the loss in a newer build, or what lies there', async () => {
    const after = guard();
    await room.write(after);
    await new RecoveryStore(room.database.db).begin({ reason: 'test', tip: undefined, history: false, at: new Date() });
    const older = await room.artifact({ service: 'web', text: 'older', run: 1 });
    const newer = await room.artifact({ service: 'web', text: 'newer', run: 2 });
    const [held = ''] = await room.automate(older, after);
    await room.database.db('automation_heads').update({ artifact_id: newer.id });
    const deps = { database: room.database, now: room.deps.now };
    expect(await whatWouldGoOut(deps)).toEqual([]);
    await new RecoveryStore(room.database.db).rebuilt(new Date());
    expect(await resume(deps, { kind: 'admin' })).toEqual([]);
    expect(await room.release(held)).toMatchObject({ state: 'superseded', supersededBy: newer.id });
  });
});

describe('an empty database', () => {
  it('is the first start where nothing of ours is found', async () => {
    await room.write(guard());
    expect(await recovery()).toMatchObject({ state: 'whole', knownTip: (await commits())[0] });
  });

  it('is a loss where the config repo holds a release of ours, even one that was undeployed', async () => {
    const before = guard();
    const id = await ask('one');
    await room.write(before);
    await room.service.request(ada, { service: 'web', environments: ['dev'], what: { undeploy: true } });
    await room.write(before);
    const all: string[] = await room.database.db('releases').pluck('id');
    await restore({ tip: '', forgotten: all });
    await room.database.db('recovery').update({ known_tip: null });

    await room.write(guard());
    const found = await recovery();
    expect(found).toMatchObject({ state: 'rebuilding', historyDone: false, storeDone: false });
    expect(found.reason).toContain('no release is recorded');
    // What is asked for meanwhile stays behind everything that history will bring.
    expect((await room.release(await ask('two'))).seq).toBeGreaterThanOrEqual(1_000_000_000);
    expect(id).toMatch(/^rel_/);
  });
});
