import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { ada, openReleaseRoom, type ReleaseRoom } from '../../../testing/release-room.ts';
import type { Release } from '../release.ts';
import { startConfigRepoWriter } from './config-repo-writer.ts';

let room: ReleaseRoom;
beforeEach(async () => {
  room = await openReleaseRoom();
});
afterEach(() => room.close());

/** Queues a release to dev; @returns its id. */
async function queue(service: string, text: string): Promise<string> {
  const artifact = await room.artifact({ service, text });
  const request = { service, environments: ['dev'], what: { artifact: artifact.id } };
  const { outcomes } = await room.service.request(ada, request);
  return outcomes[0]?.release?.id ?? '';
}

const line = async (...args: string[]): Promise<string> => (await room.git(...args)).trim();

/** The releases on main by their trailers, the oldest first. */
async function onMain(): Promise<string[]> {
  const ids = await line('log', '--reverse', '--format=%(trailers:key=Release-Id,valueonly)', 'main');
  return ids.split('\n').filter((id) => id !== '');
}

async function attempts(state: string): Promise<number> {
  return (await room.database.db('push_attempts').where({ state })).length;
}

async function hook(name: string, script: string): Promise<() => Promise<void>> {
  const folder = join(room.server.path('config.git'), 'hooks');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
  return () => rm(join(folder, name));
}

describe('G5: people push too', () => {
  test('somebody who is faster again and again: thirty releases, none fails, the order is kept', async () => {
    let asked = 0;
    room.server.beforeRequest(async ({ kind, url }) => {
      // Every other push of ours meets a person who was a moment faster. Their own pushes come here too.
      if (kind !== 'push' || !url.includes('config') || pushing) return 'none' as const;
      asked += 1;
      if (asked % 2 === 0) return 'none' as const;
      pushing = true;
      await room.personPushes({ 'notes.md': `note ${asked}` });
      pushing = false;
      return 'none' as const;
    });
    let pushing = false;
    const ids: string[] = [];
    for (let index = 0; index < 30; index += 1) {
      ids.push(await queue(index % 3 === 0 ? 'other' : 'web', `text ${index}`));
      if (index % 5 === 4) await room.write();
    }
    expect(await onMain()).toEqual(ids);
    expect(await line('log', '--author=Grace', '--format=%s', 'main')).toContain('by hand');
    for (const id of ids) expect((await room.release(id)).state).toBe('committed');
    expect(await attempts('recorded')).toBe(0);
  }, 120_000);
});

describe('G5: the branch is not what it was', () => {
  test('set back by force: the next release lands on what is there now', async () => {
    const before = await line('rev-parse', 'main');
    const lost = await queue('web', 'one');
    await room.write();
    await room.git('update-ref', 'refs/heads/main', before);
    const next = await queue('api', 'two');
    await room.write();
    expect(await onMain()).toEqual([next]);
    expect(await line('rev-parse', 'main~1')).toBe(before);
    expect((await room.release(lost)).state).toBe('committed');
  });

  test.each([
    ['with its trailers: the release is found under its new commit', true],
    ['without them: the release is committed again', false],
  ])('rewritten while a push is in doubt, %s', async (_what, keeps) => {
    const first = await queue('web', 'one');
    await room.write();
    const second = await queue('web', 'two');
    room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-after' : 'none'));
    await expect(room.round()).rejects.toMatchObject({ code: 'release.push-in-doubt' });
    room.server.beforeRequest(undefined);
    const message = keeps ? await line('log', '-1', '--format=%B', 'main') : 'everything in one';
    const rewritten = await line('commit-tree', '-m', message, 'main^{tree}');
    await room.git('update-ref', 'refs/heads/main', rewritten);
    await room.write();
    expect(await onMain()).toEqual([second]);
    const { state, commitSha } = await room.release(second);
    expect(state).toBe('committed');
    expect(commitSha === rewritten).toBe(keeps);
    expect((await room.release(first)).state).toBe('committed');
    expect(await room.git('show', 'main:dev/releases/shop/web/config.yaml')).toContain('text: two');
  });

  test('deleted, and made again: releases wait, and go on', async () => {
    const id = await queue('web', 'one');
    const tip = await line('rev-parse', 'main');
    await room.git('update-ref', '-d', 'refs/heads/main');
    for (let round = 0; round < 3; round += 1) await room.round();
    expect((await room.release(id)).state).toBe('queued');
    await room.git('update-ref', 'refs/heads/main', tip);
    await room.repo.refresh();
    await room.write();
    expect(await onMain()).toEqual([id]);
  });
});

describe('G5: the remote says no', () => {
  test('a hook refuses: the release stays queued, says what it waits for, is not tried in a hot loop, and goes on when it may', async () => {
    const allow = await hook('pre-receive', 'echo "main is protected" >&2\nexit 1');
    const writer = await startConfigRepoWriter(room.deps);
    const id = await queue('web', 'one');
    const pushes = (): number => room.server.requests.filter(({ kind }) => kind === 'push').length;
    const before = pushes();
    await expect
      .poll(() => room.release(id), { timeout: 10_000 })
      .toMatchObject({
        state: 'queued',
        waitsFor: expect.stringContaining('main is protected') as string,
      });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    // Pauses of 0.2, 0.4, 0.8 … s on average at the least: a loop without them would be at dozens.
    expect(pushes() - before).toBeLessThan(12);
    await allow();
    await expect.poll(async () => (await room.release(id)).state, { timeout: 20_000 }).toBe('committed');
    expect((await room.release(id)).waitsFor).toBeUndefined();
    await writer.stop();
  }, 60_000);

  test('a lock is left behind at the remote: it is no race, and not tried at once', async () => {
    const lock = join(room.server.path('config.git'), 'refs', 'heads', 'main.lock');
    await writeFile(lock, '');
    const id = await queue('web', 'one');
    await expect(room.round()).rejects.toMatchObject({ kind: 'unavailable', code: 'release.push-blocked' });
    expect(await room.release(id)).toMatchObject({
      state: 'queued',
      waitsFor: expect.stringContaining('refuses to move') as string,
    });
    await rm(lock);
    await room.write();
    expect(await onMain()).toEqual([id]);
  });
});

describe('G5: what the remote says is not so', () => {
  test('a push that something on the way sends twice, and whose second answer says no, is committed once', async () => {
    room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'deliver-twice' : 'none'));
    const id = await queue('web', 'one');
    await room.round();
    room.server.beforeRequest(undefined);
    await room.write();
    expect(await onMain()).toEqual([id]);
    expect((await room.release(id)).state).toBe('committed');
  });

  test('never answers a push: open attempts do not pile up, and each release is committed once in the end', async () => {
    const ids = [await queue('web', 'one')];
    room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-before' : 'none'));
    for (let round = 0; round < 4; round += 1) {
      await expect(room.round()).rejects.toMatchObject({ code: 'release.push-in-doubt' });
      ids.push(await queue('api', `text ${round}`));
    }
    expect(await attempts('recorded')).toBe(1);
    expect((await room.release(ids[0] ?? '')).waitsFor).toContain('did not say');
    // Then the answers of pushes that do land are lost, too.
    room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-after' : 'none'));
    await expect(room.round()).rejects.toMatchObject({ code: 'release.push-in-doubt' });
    room.server.beforeRequest(undefined);
    await room.write();
    expect((await onMain()).toSorted()).toEqual(ids.toSorted());
    const releases: Release[] = await Promise.all(ids.map((id) => room.release(id)));
    expect(new Set(releases.map(({ state, waitsFor }) => `${state} ${waitsFor ?? ''}`))).toEqual(
      new Set(['committed ']),
    );
    expect(await attempts('recorded')).toBe(0);
  });

  test('a refusal closes its attempt, but not one that stands for another whose answer was lost', async () => {
    const allow = await hook('pre-receive', 'exit 1');
    const id = await queue('web', 'one');
    await expect(room.round()).rejects.toMatchObject({ code: 'git.push-refused' });
    expect(await attempts('recorded')).toBe(0);
    room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-before' : 'none'));
    await expect(room.round()).rejects.toMatchObject({ code: 'release.push-in-doubt' });
    room.server.beforeRequest(undefined);
    await expect(room.round()).rejects.toMatchObject({ code: 'git.push-refused' });
    expect(await attempts('recorded')).toBe(1);
    await allow();
    await room.write();
    expect(await onMain()).toEqual([id]);
  });

  test('an old attempt that was closed because a newer one names its releases may still land', async () => {
    const id = await queue('web', 'one');
    room.server.beforeRequest(({ kind }) => (kind === 'push' ? 'drop-before' : 'none'));
    for (let round = 0; round < 2; round += 1)
      await expect(room.round()).rejects.toMatchObject({ code: 'release.push-in-doubt' });
    const old = await room.database
      .db<{ state: string; tip: string; base: string }>('push_attempts')
      .orderBy('created_at')
      .first();
    expect(old?.state).toBe('lost');
    room.server.beforeRequest(undefined);
    await room.git('update-ref', 'refs/heads/main', await room.landObjects(old?.tip ?? ''), old?.base ?? '');
    await room.write();
    expect(await onMain()).toEqual([id]);
    expect((await room.release(id)).commitSha).toBe(old?.tip);
  });
});

describe('G4: what people put into the config repo', () => {
  test.each([
    ['a file stands where the folder belongs', ['update-index', '--add', '--cacheinfo'], '100644'],
    ['a symlink stands there', ['update-index', '--add', '--cacheinfo'], '120000'],
    ['a submodule stands there', ['update-index', '--add', '--cacheinfo'], '160000'],
  ])('%s: the release waits and says so, and others go on', async (_what, command, mode) => {
    const oid = mode === '160000' ? 'a'.repeat(40) : await line('rev-parse', 'main:release-manager.yaml');
    await room.git('read-tree', 'main');
    await room.git(...command, `${mode},${oid},dev/releases/shop`);
    const tree = await line('write-tree');
    await room.git('update-ref', 'refs/heads/main', await line('commit-tree', '-p', 'main', '-m', 'by hand', tree));
    await room.repo.refresh();
    const id = await queue('web', 'one');
    const artifact = await room.artifact({ service: 'api', text: 'one' });
    const { outcomes } = await room.service.request(ada, {
      service: 'api',
      environments: ['prod'],
      what: { artifact: artifact.id },
    });
    await room.round();
    const stuck = await room.release(id);
    expect(`${stuck.waitsFor ?? ''}${stuck.failure?.message ?? ''}`).toContain('dev/releases/shop');
    expect((await room.release(outcomes[0]?.release?.id ?? '')).state).toBe('committed');
    expect(await line('ls-tree', 'main', 'dev/releases/shop')).toContain(mode);
  });

  test('attributes, filters and LFS pointers mean nothing to us: what was rendered is what is committed', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`;
    await room.personPushes({
      '.gitattributes': '* filter=lfs diff=lfs merge=lfs -text eol=crlf ident working-tree-encoding=UTF-16\n',
      'dev/releases/.gitattributes': '** export-ignore\n',
      'dev/releases/shop/web/config.yaml': pointer,
      'dev/releases/shop/web/deployment.yaml': `kind: Deployment # ${'x'.repeat(2000)}\n`,
    });
    await room.repo.refresh();
    const id = await queue('web', 'one');
    await room.write();
    expect((await room.release(id)).state).toBe('committed');
    expect(await room.git('show', 'main:dev/releases/shop/web/config.yaml')).toContain('data:\n  text: one\n');
    expect(await room.git('show', 'main:.gitattributes')).toContain('filter=lfs');
  });
});
