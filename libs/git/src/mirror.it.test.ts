import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGitServer, type GitServer } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createMirror, noCredentials, type CommitMeta, type Mirror, type Oid, type TreeEdit } from './index.ts';

const at = new Date('2026-03-04T05:06:07Z');
const meta = (message: string): CommitMeta => ({
  message,
  author: { name: 'Ada', email: 'ada@example.com', at },
  committer: { name: 'Release Manager', email: 'manager@example.com', at },
});
const put = (path: string, content: string): TreeEdit => ({ kind: 'put', path, content: Buffer.from(content) });

let server: GitServer;
let folder: string;

beforeEach(async () => {
  server = await startGitServer();
  await server.create('config');
  folder = await mkdtemp(join(tmpdir(), 'mirror-'));
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function mirrorAt(name = 'mirror'): Mirror {
  return createMirror({
    folder: join(folder, name),
    url: server.url('config'),
    branch: 'main',
    credentials: noCredentials,
    timeoutSeconds: 20,
  });
}

/** One commit on `base`, pushed. */
async function commitAndPush(mirror: Mirror, base: Oid | undefined, ...edits: TreeEdit[]): Promise<Oid> {
  const writer = mirror.writer(base);
  const oid = await writer.commit(edits, meta(`change ${edits.map((edit) => edit.path).join(' ')}`));
  await writer.flush();
  if (oid === undefined) throw new Error('the edits change nothing');
  expect(await mirror.push(base, oid)).toBe('landed');
  return oid;
}

async function show(path: string): Promise<string> {
  return server.git('config', 'show', `main:${path}`);
}

describe('the first commit', () => {
  it('goes into an empty repository, and real git finds nothing wrong with it', async () => {
    const mirror = mirrorAt();
    expect(await mirror.fetch()).toBeUndefined();
    const tip = await commitAndPush(mirror, undefined, put('dev/a.yaml', 'a: 1\n'), put('README.md', 'hello\n'));
    expect(await show('dev/a.yaml')).toBe('a: 1\n');
    expect(mirror.tip()).toBe(tip);
    await server.git('config', 'fsck', '--strict');
  });

  it('is refused when somebody else was first', async () => {
    const mirror = mirrorAt();
    const other = mirrorAt('other');
    await commitAndPush(other, undefined, put('a', '1'));
    const writer = mirror.writer(undefined);
    const tip = await writer.commit([put('b', '2')], meta('late'));
    await writer.flush();
    expect(await mirror.push(undefined, tip as Oid)).toBe('rejected');
  });
});

describe('clone, edit, push', () => {
  it('sees what others pushed, changes its own folder only, and reads old files lazily in one request', async () => {
    const other = mirrorAt('other');
    const base = await commitAndPush(
      other,
      undefined,
      ...['a', 'b', 'c'].map((name) => put(`dev/releases/shop/web/${name}.yaml`, `name: ${name}\n`)),
      put('README.md', 'hand written\n'),
    );
    const mirror = mirrorAt();
    expect(await mirror.fetch()).toBe(base);
    const before = server.requests.filter((request) => request.kind === 'fetch').length;
    const files = await mirror.tree(base).files('dev');
    const contents = await mirror.tree(base).readMany(files.map((file) => file.path));
    expect([...contents.values()].map(String)).toEqual(['name: a\n', 'name: b\n', 'name: c\n']);
    const after = server.requests.filter((request) => request.kind === 'fetch').length;
    expect(after - before).toBe(1);

    const writer = mirror.writer(base);
    await writer.commit(
      [
        {
          kind: 'replace-folder',
          path: 'dev/releases/shop/web',
          files: [{ path: 'b.yaml', content: Buffer.from('new') }],
        },
      ],
      meta('replace'),
    );
    expect(String(await writer.tree().read('dev/releases/shop/web/b.yaml'))).toBe('new');
    expect(await writer.tree().read('dev/releases/shop/web/a.yaml')).toBeUndefined();
    await writer.flush();
    expect(await mirror.push(base, writer.tip as Oid)).toBe('landed');
    expect(await server.git('config', 'ls-tree', '-r', '--name-only', 'main')).toBe(
      'README.md\ndev/releases/shop/web/b.yaml\n',
    );
    await server.git('config', 'fsck', '--strict');
  });

  it('pushes many commits at once, each on the one before', async () => {
    const mirror = mirrorAt();
    const writer = mirror.writer(undefined);
    for (let index = 0; index < 120; index += 1) {
      await writer.commit([put(`dev/s${index % 40}/f.yaml`, `n: ${index}\n`)], meta(`commit ${index}`));
    }
    await writer.flush();
    expect(await mirror.push(undefined, writer.tip as Oid)).toBe('landed');
    expect((await server.git('config', 'rev-list', '--count', 'main')).trim()).toBe('120');
    await server.git('config', 'fsck', '--strict');
    const fresh = mirrorAt('fresh');
    const tip = await fresh.fetch();
    expect(await fresh.commitsBetween(undefined, tip as Oid)).toHaveLength(120);
  });
});

describe('signed commits', () => {
  it('carry the signature over the bytes without it, in the form that git reads', async () => {
    const payloads: string[] = [];
    const signature = '-----BEGIN SSH SIGNATURE-----\nAAAA\n\nBBBB\n-----END SSH SIGNATURE-----\n';
    const mirror = createMirror({
      folder: join(folder, 'mirror'),
      url: server.url('config'),
      branch: 'main',
      credentials: noCredentials,
      sign: (payload) => {
        payloads.push(String(payload));
        return Promise.resolve(signature);
      },
    });
    const tip = await commitAndPush(mirror, undefined, put('a', '1'));
    const raw = await server.git('config', 'cat-file', 'commit', tip);
    const header = `gpgsig ${signature.trim().replaceAll('\n', '\n ')}\n`;
    expect(raw).toContain(header);
    expect(raw.replace(header, '')).toBe(payloads[0]);
    await server.git('config', 'fsck', '--strict');
  });
});

describe('a person merging', () => {
  it('is seen whole, also where the merged line began before this clone did', async () => {
    const writing = mirrorAt('writing');
    const first = await commitAndPush(writing, undefined, put('a', '1'));
    const second = await commitAndPush(writing, first, put('a', '2'));
    const mirror = mirrorAt();
    expect(await mirror.fetch()).toBe(second);
    const tree = (await server.git('config', 'rev-parse', `${second}^{tree}`)).trim();
    const side = (await server.git('config', 'commit-tree', '-p', first, '-m', 'side', tree)).trim();
    const merge = (await server.git('config', 'commit-tree', '-p', second, '-p', side, '-m', 'merge', tree)).trim();
    await server.git('config', 'update-ref', 'refs/heads/main', merge);
    const tip = await mirror.fetch();
    expect(tip).toBe(merge);
    const seen = (await mirror.commitsBetween(second, tip as Oid)).map((commit) => commit.oid);
    expect(seen.toSorted()).toEqual([merge, side].toSorted());
  });
});

describe('lost races', () => {
  it('rejects, and lands after taking the new tip', async () => {
    const mirror = mirrorAt();
    const base = await commitAndPush(mirror, undefined, put('a', '1'));
    const other = mirrorAt('other');
    await other.fetch();
    const theirs = await commitAndPush(other, base, put('theirs', 'x'));
    const writer = mirror.writer(base);
    const lost = await writer.commit([put('ours', 'y')], meta('ours'));
    await writer.flush();
    expect(await mirror.push(base, lost as Oid)).toBe('rejected');
    expect(await mirror.fetch()).toBe(theirs);
    await commitAndPush(mirror, theirs, put('ours', 'y'));
    expect(await show('theirs')).toBe('x');
    expect(await show('ours')).toBe('y');
  });

  it('does not fast-forward a branch that was set back', async () => {
    const mirror = mirrorAt();
    const first = await commitAndPush(mirror, undefined, put('a', '1'));
    const second = await commitAndPush(mirror, first, put('a', '2'));
    const writer = mirror.writer(second);
    const third = await writer.commit([put('a', '3')], meta('third'));
    await writer.flush();
    await server.git('config', 'update-ref', 'refs/heads/main', first);
    expect(await mirror.push(second, third as Oid)).toBe('rejected');
    expect(await mirror.fetch()).toBe(first);
    expect((await mirror.commitsBetween(second, first)).map((commit) => commit.oid)).toEqual([first]);
  });
});

describe('an answer that is lost', () => {
  it('is unknown, and the history tells that the push landed', async () => {
    const mirror = mirrorAt();
    const base = await commitAndPush(mirror, undefined, put('a', '1'));
    const writer = mirror.writer(base);
    const tip = (await writer.commit([put('a', '2')], meta('in doubt\n\nRelease-Id: rel_1'))) as Oid;
    await writer.flush();
    server.beforeRequest((request) => (request.kind === 'push' ? 'drop-after' : 'none'));
    expect(await mirror.push(base, tip)).toBe('unknown');
    server.beforeRequest(undefined);
    expect(await mirror.fetch()).toBe(tip);
    const commits = await mirror.commitsBetween(base, tip);
    expect(commits.map((commit) => [commit.oid, commit.message.trim()])).toEqual([
      [tip, 'in doubt\n\nRelease-Id: rel_1'],
    ]);
  });

  it('is unknown, and the history tells that nothing arrived', async () => {
    const mirror = mirrorAt();
    const base = await commitAndPush(mirror, undefined, put('a', '1'));
    const writer = mirror.writer(base);
    const tip = (await writer.commit([put('a', '2')], meta('second'))) as Oid;
    await writer.flush();
    server.beforeRequest((request) => (request.kind === 'push' ? 'drop-before' : 'none'));
    expect(await mirror.push(base, tip)).toBe('unknown');
    server.beforeRequest(undefined);
    expect(await mirror.fetch()).toBe(base);
    expect(await mirror.commitsBetween(base, base)).toEqual([]);
    expect(await mirror.push(base, tip)).toBe('landed');
  });
});

describe('a folder that vanishes', () => {
  it('comes back by itself at every step', async () => {
    const path = join(folder, 'mirror');
    const mirror = mirrorAt();
    const base = await commitAndPush(mirror, undefined, put('a', '1'), put('dir/b', '2'));
    await rm(path, { recursive: true });
    expect(await mirror.fetch()).toBe(base);
    await rm(path, { recursive: true });
    expect(String(await mirror.tree(base).read('dir/b'))).toBe('2');
    const writer = mirror.writer(base);
    const tip = (await writer.commit([put('a', '3')], meta('third'))) as Oid;
    await rm(path, { recursive: true });
    await writer.flush();
    await rm(path, { recursive: true });
    expect(await mirror.push(base, tip)).toBe('landed');
    await rm(path, { recursive: true });
    expect((await mirror.commitsBetween(base, tip)).map((commit) => commit.oid)).toEqual([tip]);
    await server.git('config', 'fsck', '--strict');
  });

  it('is replaced when it is damaged or belongs to something else', async () => {
    const path = join(folder, 'mirror');
    const base = await commitAndPush(mirrorAt(), undefined, put('a', '1'));
    await rm(join(path, 'objects'), { recursive: true });
    expect(await mirrorAt().fetch()).toBe(base);
    await writeFile(join(path, 'HEAD'), '');
    expect(await mirrorAt().fetch()).toBe(base);
    await rm(path, { recursive: true });
    await writeFile(path, 'a file');
    expect(await mirrorAt().fetch()).toBe(base);
  });

  it('is replaced when a process was killed while it made it, and what that one left is removed', async () => {
    const base = await commitAndPush(mirrorAt('other'), undefined, put('a', '1'));
    const path = join(folder, 'mirror');
    for (const half of [path, `${path}.0123456789ab.new`, `${path}.ba9876543210.old`]) {
      await mkdir(join(half, 'objects', 'pack'), { recursive: true });
      await writeFile(join(half, 'HEAD'), 'ref: refs/heads/main\n');
    }
    const mirror = mirrorAt();
    expect(await mirror.fetch()).toBe(base);
    expect((await readdir(folder)).toSorted()).toEqual(['mirror', 'other']);
    await writeFile(join(path, 'objects', 'pack', 'tmp_pack_x'), 'half');
    expect(await mirrorAt().fetch()).toBe(base);
    expect(await readdir(join(path, 'objects', 'pack'))).not.toContain('tmp_pack_x');
  });

  it('is not blocked by locks of a killed process', async () => {
    const path = join(folder, 'mirror');
    const mirror = mirrorAt();
    const base = await commitAndPush(mirror, undefined, put('a', '1'));
    const next = await commitAndPush(mirrorAt('other'), base, put('a', '2'));
    await writeFile(join(path, 'shallow.lock'), '');
    await writeFile(join(path, 'refs', 'remotes', 'origin', 'main.lock'), '');
    expect(await mirror.fetch()).toBe(next);
  });
});
