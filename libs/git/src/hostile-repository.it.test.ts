import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { AppError } from '@release-manager/domain';
import { startGitServer, type GitServer } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createMirror, noCredentials, type Mirror, type MirrorOptions, type Oid } from './index.ts';

const run = promisify(execFile);
const at = new Date('2026-03-04T05:06:07Z');
const person = { name: 'Ada', email: 'ada@example.com', at };
const meta = { message: 'a change', author: person, committer: person };

let server: GitServer;
let folder: string;

beforeEach(async () => {
  server = await startGitServer();
  await server.create('config');
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function mirrorAt(options: Partial<MirrorOptions> = {}): Mirror {
  const url = server.url('config');
  return createMirror({ folder: join(folder, 'mirror'), url, branch: 'main', credentials: noCredentials, ...options });
}

async function commit(mirror: Mirror, base: Oid | undefined, path: string, content: string | Buffer): Promise<Oid> {
  const writer = mirror.writer(base);
  await writer.commit([{ kind: 'put', path, content: Buffer.from(content) }], meta);
  await writer.flush();
  return writer.tip as Oid;
}

async function pushed(mirror: Mirror, base: Oid | undefined, path = 'dev/a', content = String(base)): Promise<Oid> {
  const tip = await commit(mirror, base, path, content);
  expect(await mirror.push(base, tip)).toBe('landed');
  return tip;
}

/** A commit made with git's own tools from `mktree` lines. */
async function byHand(entries: string): Promise<Oid> {
  const input = (args: readonly string[], text: string): Promise<string> => {
    const child = run('git', ['--git-dir', server.path('config'), ...args], { maxBuffer: 64 * 1024 * 1024 });
    child.child.stdin?.end(Buffer.from(text, 'latin1'));
    return child.then(({ stdout }) => stdout.trim());
  };
  const blob = await input(['hash-object', '-w', '--stdin'], 'kind: ConfigMap\n');
  const inner = await input(['mktree', '-z', '--missing'], entries.replaceAll('BLOB', blob));
  const tree = await input(['mktree'], `040000 tree ${inner}\tcrowd\n`);
  const tip = (await server.git('config', 'commit-tree', '-m', 'by hand', tree)).trim() as Oid;
  await server.git('config', 'update-ref', 'refs/heads/main', tip);
  return tip;
}

describe('G4: a repository that is not made for us', () => {
  it('may hold a hundred thousand files in one folder', async () => {
    const entries = Array.from(
      { length: 100_000 },
      (_, index) => `100644 blob BLOB\tf${String(index).padStart(6, '0')}\0`,
    );
    const base = await byHand(entries.join(''));
    const mirror = mirrorAt();
    expect(await mirror.fetch()).toBe(base);
    expect(await mirror.tree(base).list('crowd')).toHaveLength(100_000);
    const begun = performance.now();
    const tip = await pushed(mirror, base, 'crowd/f050000', 'changed');
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect((await server.git('config', 'diff-tree', '-r', '--name-only', base, tip)).trim()).toBe('crowd/f050000');
    expect(String(await mirror.tree(tip).read('crowd/f000000'))).toBe('kind: ConfigMap\n');
  });

  it('may hold names that are no UTF-8, that look like options, or that are one name to some file systems', async () => {
    const names = ['-x', '\xff\xfe', 'e\u0301', '\xc3\xa9', 'A', 'a', 'con', 'x ', '$(id)', '\n', '\x1b[31m'];
    const sorted = [...new Set(names)].toSorted((a, b) => (a < b ? -1 : 1));
    const base = await byHand(
      sorted.map((name) => `100644 blob BLOB\t${Buffer.from(name).toString('latin1')}\0`).join(''),
    );
    const mirror = mirrorAt();
    await mirror.fetch();
    const before = await server.git('config', 'ls-tree', '-z', 'main:crowd');
    await pushed(mirror, base, 'crowd/new', 'x');
    const after = (await server.git('config', 'ls-tree', '-z', 'main:crowd')).split('\0');
    for (const line of before.split('\0')) expect(after).toContain(line);
  });

  it('is written past its own hooks, attributes and configuration', async () => {
    const mirror = mirrorAt();
    const first = await pushed(mirror, undefined, '.gitattributes', '* filter=evil ident\n');
    const second = await pushed(
      mirror,
      first,
      '.gitmodules',
      '[submodule "x"]\n\tpath = x\n\turl = --upload-pack=touch /tmp/evil\n',
    );
    const third = await pushed(mirror, second, 'dev/a', 'line\r\n$Id$\n');
    expect(await server.git('config', 'show', `${third}:dev/a`)).toBe('line\r\n$Id$\n');
  });
});

describe('G5: a remote that is not itself', () => {
  it('hangs in a push: the outcome is unknown, and the history tells later', async () => {
    const mirror = mirrorAt({ timeoutSeconds: 1 });
    const base = await pushed(mirror, undefined);
    const tip = await commit(mirror, base, 'dev/b', 'late');
    const held = Promise.withResolvers<'none'>();
    server.beforeRequest(({ kind }) => (kind === 'push' ? held.promise : 'none'));
    expect(await mirror.push(base, tip)).toBe('unknown');
    server.beforeRequest(undefined);
    held.resolve('none');
    expect(await mirror.fetch()).toBe(base);
    expect(await mirror.push(base, tip)).toBe('landed');
  });

  it('claims to have taken a push and has not: the next look believes the branch, and nothing of it', async () => {
    const mirror = mirrorAt();
    const base = await pushed(mirror, undefined);
    const hooks = join(server.path('config'), 'hooks');
    await mkdir(hooks, { recursive: true });
    const hook = `#!/bin/sh\nread old new ref\ngit update-ref $ref $old\n`;
    await writeFile(join(hooks, 'post-receive'), hook, { mode: 0o755 });
    const tip = await commit(mirror, base, 'dev/b', 'lost');
    expect(await mirror.push(base, tip)).toBe('landed');
    expect(await mirror.fetch()).toBe(base);
    expect(mirror.tip()).toBe(base);
    expect(await mirror.commitsBetween(base, base)).toEqual([]);
    await rm(join(hooks, 'post-receive'));
    expect(await mirror.push(base, tip)).toBe('landed');
  });

  it('gets a push twice from something on the way: refused the second time, and found in the history', async () => {
    const mirror = mirrorAt();
    const base = await pushed(mirror, undefined);
    server.beforeRequest(({ kind }) => (kind === 'push' ? 'deliver-twice' : 'none'));
    const tip = await commit(mirror, base, 'dev/b', 'twice');
    expect(await mirror.push(base, tip)).toBe('rejected');
    server.beforeRequest(undefined);
    expect(await mirror.fetch()).toBe(tip);
  });

  it('loses its branch under its own name and keeps one like it', async () => {
    const mirror = mirrorAt();
    const base = await pushed(mirror, undefined);
    await server.git('config', 'update-ref', 'refs/heads/x/refs/heads/main', base);
    await server.git('config', 'tag', 'main', base);
    await server.git('config', 'update-ref', '-d', 'refs/heads/main');
    expect(await mirror.fetch()).toBeUndefined();
  });
});

/** A disk of two megabytes; or an ordinary folder where this user may mount nothing, and then nothing is filled. */
async function smallDisk(path: string): Promise<{ readonly bytes: number; readonly unmount: () => Promise<void> }> {
  await mkdir(path, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', path]);
  } catch {
    return { bytes: Infinity, unmount: () => Promise.resolve() };
  }
  return {
    bytes: 2 * 1024 * 1024,
    unmount: async () => {
      await run('umount', ['-l', path]);
    },
  };
}

async function packs(mirror: string): Promise<string[]> {
  return (await readdir(join(mirror, 'objects', 'pack'))).filter((name) => name.startsWith('tmp'));
}

describe('G5: the disk of the mirror', () => {
  it('is full: the error says so, nothing half is left, and everything goes on when there is room', async () => {
    const disk = await smallDisk(join(folder, 'disk'));
    try {
      const path = join(folder, 'disk', 'mirror');
      const mirror = mirrorAt({ folder: path });
      const base = await pushed(mirror, undefined);
      const failure = await commit(mirror, base, 'dev/large', randomBytes(3 * 1024 * 1024)).then(
        () => 'it fits',
        (error: AppError) => `${error.kind} ${error.code}`,
      );
      expect(failure).toBe(disk.bytes === Infinity ? 'it fits' : 'unavailable git.disk-full');
      expect(await packs(path)).toEqual([]);
      expect(await mirror.fetch()).toBe(base);
      const next = await pushed(mirror, base, 'dev/small', 'fits');
      expect((await server.git('config', 'rev-parse', 'main')).trim()).toBe(next);
    } finally {
      await disk.unmount();
    }
  });

  it('is not filled by fetches that are stopped in their middle, one after the other', async () => {
    const path = join(folder, 'mirror');
    const mirror = mirrorAt({ timeoutSeconds: 1 });
    const base = await pushed(mirror, undefined);
    await pushed(mirrorAt({ folder: join(folder, 'other') }), base, 'dev/b', 'new');
    server.beforeRequest(({ kind }) => (kind === 'fetch' ? 'stall' : 'none'));
    for (let round = 0; round < 2; round += 1)
      await expect(mirror.fetch()).rejects.toMatchObject({ code: 'git.timeout' });
    expect(await packs(path)).toEqual([]);
    server.beforeRequest(undefined);
    expect(await mirror.fetch()).not.toBe(base);
  });
});
