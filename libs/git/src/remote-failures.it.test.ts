import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { AppError } from '@release-manager/domain';
import { startGitServer, type GitServer } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createMirror, noCredentials, type Mirror, type MirrorOptions, type Oid } from './index.ts';

const canary = 'canary-token-7f3a/+=';
const at = new Date('2026-03-04T05:06:07Z');
const person = { name: 'Ada', email: 'ada@example.com', at };

let server: GitServer;
let folder: string;

beforeEach(async () => {
  server = await startGitServer({ token: canary });
  await server.create('config');
  folder = await mkdtemp(join(tmpdir(), 'mirror-'));
});

afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function mirrorAt(options: Partial<MirrorOptions> = {}): Mirror {
  return createMirror({
    folder: join(folder, 'mirror'),
    url: server.url('config'),
    branch: 'main',
    credentials: { kind: 'token', username: 'bot', token: canary },
    timeoutSeconds: 20,
    ...options,
  });
}

async function commit(mirror: Mirror, base: Oid | undefined, path: string, content: string): Promise<Oid> {
  const writer = mirror.writer(base);
  const edits = [{ kind: 'put' as const, path, content: Buffer.from(content) }];
  const oid = await writer.commit(edits, { message: `change ${path}`, author: person, committer: person });
  await writer.flush();
  if (oid === undefined) throw new Error('the edit changes nothing');
  return oid;
}

/** Everything that an error could show to anybody. */
function everythingIn(error: unknown): string {
  const { message, stack, next, details } = error as AppError;
  return JSON.stringify([message, stack, next, details, String((error as Error).cause)]);
}

async function failure(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as AppError,
  );
}

describe('credentials', () => {
  it('work from the environment and lie in no file', async () => {
    const mirror = mirrorAt();
    expect(await mirror.push(undefined, await commit(mirror, undefined, 'a', '1'))).toBe('landed');
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    for (const entry of names.filter((name) => name.isFile())) {
      const content = await readFile(join(entry.parentPath, entry.name), 'latin1');
      expect(content).not.toContain(canary);
      expect(content).not.toContain(Buffer.from(`bot:${canary}`).toString('base64'));
    }
  });

  it('stand in no argument list while git runs', async () => {
    const mirror = mirrorAt();
    const seen: string[] = [];
    server.beforeRequest(async () => {
      for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
        seen.push(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
      }
      return 'none' as const;
    });
    expect(await mirror.push(undefined, await commit(mirror, undefined, 'a', '1'))).toBe('landed');
    const remote = seen.filter((line) => line.includes('remote-http') && line.includes(server.url('config')));
    expect(remote.length).toBeGreaterThan(0);
    expect(remote.join('\n')).not.toContain('canary');
    expect(remote.join('\n')).not.toContain(Buffer.from(`bot:${canary}`).toString('base64'));
  });

  it.each([
    ['wrong', { kind: 'token', username: 'bot', token: `${canary}x` } as const],
    ['absent', noCredentials],
  ])('that are %s are named as the reason, and not shown', async (_what, credentials) => {
    const error = await failure(mirrorAt({ credentials }).fetch());
    expect(error).toMatchObject({ kind: 'unavailable', code: 'git.credentials-refused' });
    expect(error.next).toContain('token');
    expect(everythingIn(error)).not.toContain(canary);
    expect(everythingIn(error)).not.toContain(Buffer.from(`bot:${canary}`).toString('base64').slice(0, 20));
  });

  it('never stand in a url', () => {
    const url = `https://bot:${encodeURIComponent(canary)}@git.example.com/config.git`;
    let thrown: unknown;
    try {
      mirrorAt({ url });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'git.bad-url' });
    expect(everythingIn(thrown)).not.toContain('canary');
  });

  it('do not follow a redirect to another host', async () => {
    const asked: (string | undefined)[] = [];
    const thief = await listen((request, response) => {
      asked.push(request.headers.authorization);
      response.end();
    });
    const redirecting = await listen((request, response) => {
      response.writeHead(302, { location: `${thief.url}${request.url ?? ''}` }).end();
    });
    const error = await failure(mirrorAt({ url: `${redirecting.url}/config.git` }).fetch());
    expect(error.code).toBe('git.redirected');
    expect(asked).toEqual([]);
    thief.server.close();
    redirecting.server.close();
  });
});

describe('urls and branches that would start something else', () => {
  it.each([
    'ext::sh -c touch',
    '--upload-pack=x',
    'file:///etc',
    '/etc',
    'http://-x/',
    'https://a b/',
    'git@host:x',
    'ssh://-oProxyCommand=x/y',
    'ssh://-oProxyCommand=x@host/y',
    'ssh://%2DoProxyCommand=x@host/y',
    'ssh://git:password@host/y',
    'https://h/\n[x]',
  ])('refuses the url %j', (url) => {
    expect(() => mirrorAt({ url })).toThrow(expect.objectContaining({ code: 'git.bad-url' }));
  });

  it.each(['', '-x', 'a..b', 'x.lock', '@{-1}', 'a b', 'a\nb', '../x', '.x', 'a//b', 'a*'])(
    'refuses the branch %j',
    (branch) => {
      expect(() => mirrorAt({ branch })).toThrow(expect.objectContaining({ code: 'git.bad-branch' }));
    },
  );
});

describe('a remote that says no', () => {
  it('is quoted when its hook refuses, and nothing is tried again', async () => {
    const mirror = mirrorAt();
    const hooks = join(server.path('config'), 'hooks');
    await mkdir(hooks, { recursive: true });
    await writeFile(join(hooks, 'pre-receive'), '#!/bin/sh\necho "only signed commits" >&2\nexit 1\n');
    await chmod(join(hooks, 'pre-receive'), 0o755);
    const error = await failure(mirror.push(undefined, await commit(mirror, undefined, 'a', '1')));
    expect(error).toMatchObject({ kind: 'denied', code: 'git.push-refused' });
    expect(error.message).toContain('only signed commits');
  });

  it('is named when the repository does not exist', async () => {
    const error = await failure(mirrorAt({ url: server.url('other') }).fetch());
    expect(error.code).toBe('git.repository-not-found');
  });
});

describe('a remote that does not answer', () => {
  it('is stopped by the time-out', async () => {
    let release = (): void => undefined;
    const held = new Promise<'drop-before'>((resolve) => {
      release = () => resolve('drop-before');
    });
    server.beforeRequest(() => held);
    const error = await failure(mirrorAt({ timeoutSeconds: 0.5 }).fetch());
    expect(error).toMatchObject({ kind: 'unavailable', code: 'git.timeout' });
    release();
  });

  it('is unreachable when nothing listens, also for a push, which certainly did not land', async () => {
    const mirror = mirrorAt();
    const tip = await commit(mirror, undefined, 'a', '1');
    await server.stop();
    expect((await failure(mirror.push(undefined, tip))).code).toBe('git.unreachable');
    expect((await failure(mirror.fetch())).code).toBe('git.unreachable');
  });
});

describe('a remote that changes under us', () => {
  it('loses its branch, and gets it back', async () => {
    const mirror = mirrorAt();
    const tip = await commit(mirror, undefined, 'a', '1');
    expect(await mirror.push(undefined, tip)).toBe('landed');
    await server.git('config', 'update-ref', '-d', 'refs/heads/main');
    expect(await mirror.fetch()).toBeUndefined();
    expect(mirror.tip()).toBeUndefined();
    const again = await commit(mirror, tip, 'a', '2');
    expect(await mirror.push(tip, again)).toBe('rejected');
    await server.git('config', 'update-ref', 'refs/heads/main', tip);
    expect(await mirror.fetch()).toBe(tip);
    expect(await mirror.push(tip, again)).toBe('landed');
  });
});

describe('hostile content', () => {
  it('is listed as what it is, never followed, and kept byte for byte', async () => {
    const blob = (await gitInput(['hash-object', '-w', '--stdin'], '/etc/passwd')).trim();
    const sub = 'a'.repeat(40);
    const entries = [
      `120000 blob ${blob}\tlink`,
      `160000 commit ${sub}\tmodule`,
      `100755 blob ${blob}\tscript`,
      `100644 blob ${blob}\tname-\xff\xfe`,
    ];
    const tree = (await gitInput(['mktree', '-z'], Buffer.from(`${entries.join('\0')}\0`, 'latin1'))).trim();
    const base = (await server.git('config', 'commit-tree', '-m', 'by hand', tree)).trim() as Oid;
    await server.git('config', 'update-ref', 'refs/heads/main', base);
    const mirror = mirrorAt();
    await mirror.fetch();
    const listed = (await mirror.tree(base).list('')) ?? [];
    expect(Object.fromEntries(listed.map((entry) => [entry.name, entry.kind]))).toMatchObject({
      link: 'symlink',
      module: 'submodule',
      script: 'file',
    });
    expect(await mirror.tree(base).read('link')).toBeUndefined();
    expect(await mirror.tree(base).list('module')).toBeUndefined();
    const next = await commit(mirror, base, 'dev/a', '1');
    expect(await mirror.push(base, next)).toBe('landed');
    const after = await server.git('config', 'ls-tree', 'main');
    for (const line of (await server.git('config', 'ls-tree', base)).trim().split('\n')) expect(after).toContain(line);
  });

  it('in a pack that rots on our disk is fetched again', async () => {
    const mirror = mirrorAt();
    const tip = await commit(mirror, undefined, 'dir/a', 'content '.repeat(100));
    expect(await mirror.push(undefined, tip)).toBe('landed');
    const packs = join(folder, 'mirror', 'objects', 'pack');
    for (const name of (await readdir(packs)).filter((entry) => entry.endsWith('.pack'))) {
      const bytes = await readFile(join(packs, name));
      await chmod(join(packs, name), 0o644);
      await writeFile(join(packs, name), bytes.fill(0xaa, 12, bytes.length - 20));
    }
    const later = mirrorAt();
    expect(String(await later.tree(tip).read('dir/a'))).toBe('content '.repeat(100));
    expect(await later.fetch()).toBe(tip);
  });

  it('that does not exist is missing, and no reason to clone again', async () => {
    const mirror = mirrorAt();
    const error = await failure(mirror.tree('c'.repeat(40) as Oid).list(''));
    expect(error).toMatchObject({ kind: 'unavailable', code: 'git.object-missing' });
  });

  it('that is too large is not unpacked', async () => {
    const mirror = mirrorAt({ maxFileBytes: 1000 });
    const tip = await commit(mirror, undefined, 'large', 'x'.repeat(100_000));
    expect(await mirror.push(undefined, tip)).toBe('landed');
    expect(await failure(mirror.tree(tip).read('large'))).toMatchObject({
      kind: 'limited',
      code: 'git.file-too-large',
    });
  });
});

describe('history', () => {
  it('is fetched when a question needs it', async () => {
    const writing = mirrorAt({ folder: join(folder, 'writing') });
    const tips: Oid[] = [];
    for (let index = 0; index < 6; index += 1) {
      const base = tips.at(-1);
      const tip = await commit(writing, base, index % 2 === 0 ? 'even' : 'odd', `${index}`);
      expect(await writing.push(base, tip)).toBe('landed');
      tips.push(tip);
    }
    const mirror = mirrorAt();
    const tip = (await mirror.fetch()) as Oid;
    const [first, second] = tips as [Oid, Oid];
    expect(await mirror.isAncestor(first, tip)).toBe(true);
    expect(await mirror.isAncestor(tip, first)).toBe(false);
    expect(await mirror.isAncestor('b'.repeat(40) as Oid, tip)).toBe(false);
    expect((await mirror.commitsBetween(second, tip)).map((entry) => entry.oid)).toEqual(tips.slice(2).toReversed());
    const even = await mirror.log({ path: 'even', limit: 2 });
    expect(even.map((entry) => entry.oid)).toEqual([tips[4], tips[2]]);
    expect(even[0]).toMatchObject({ author: person, parents: [tips[3]] });
    expect(await mirror.deepen()).toBe(true);
  });

  it('stays readable after its packs were joined', async () => {
    const mirror = mirrorAt();
    const writer = mirror.writer(undefined);
    for (let index = 0; index < 45; index += 1) {
      const edits = [{ kind: 'put' as const, path: `f${index}`, content: Buffer.from(`${index}`) }];
      await writer.commit(edits, { message: `${index}`, author: person, committer: person });
      await writer.flush();
    }
    const tip = writer.tip as Oid;
    await mirror.maintain();
    const packs = await readdir(join(folder, 'mirror', 'objects', 'pack'));
    expect(packs.filter((name) => name.endsWith('.pack')).length).toBeLessThan(5);
    expect(await mirror.push(undefined, tip)).toBe('landed');
    expect(String(await mirror.tree(tip).read('f7'))).toBe('7');
  });
});

describe('the served repository', () => {
  it.each([
    '/../etc/passwd',
    '/%2e%2e/x.git/info/refs',
    '/config.git/../x.git/info/refs',
    '/config.git/HEAD',
    '/.hidden.git/info/refs',
    '/config.git/objects/info/packs',
  ])('does not answer %s', async (path) => {
    const port = new URL(server.url('config')).port;
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request({ port, path: `${path}?service=git-upload-pack`, host: '127.0.0.1' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.once('error', reject).end();
    });
    expect(status).toBe(404);
  });
});

async function gitInput(args: readonly string[], input: string | Buffer): Promise<string> {
  const { execFileSync } = await import('node:child_process');
  return execFileSync('git', ['--git-dir', server.path('config'), ...args], { input, encoding: 'utf8' });
}

async function listen(handler: Parameters<typeof createServer>[1]): Promise<{ server: Server; url: string }> {
  const listening = createServer(handler);
  await new Promise<void>((resolve) => {
    listening.listen(0, '127.0.0.1', resolve);
  });
  return { server: listening, url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}` };
}
