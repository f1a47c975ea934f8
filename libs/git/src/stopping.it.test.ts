import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGitServer, type GitServer, type GitServerRequest } from '@release-manager/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { createMirror, noCredentials, type Mirror, type Oid } from './index.ts';

const at = new Date('2026-03-04T05:06:07Z');
const somebody = { name: 'Ada', email: 'ada@example.com', at };

let server: GitServer;
let folder: string;
let stopping: AbortController;

beforeEach(async () => {
  server = await startGitServer();
  await server.create('config');
  folder = await mkdtemp(join(tmpdir(), 'stopping-'));
  stopping = new AbortController();
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Without its signal a call that hangs would take ten minutes. */
function mirrorAt(name: string, seconds = 0): Mirror {
  return createMirror({
    folder: join(folder, name),
    url: server.url('config'),
    branch: 'main',
    credentials: noCredentials,
    timeoutSeconds: 600,
    stopping: { signal: stopping.signal, seconds },
  });
}

async function commit(mirror: Mirror, base: Oid | undefined, text: string): Promise<Oid> {
  const writer = mirror.writer(base);
  const edits = [{ kind: 'put', path: 'dev/a.yaml', content: Buffer.from(text) } as const];
  const oid = await writer.commit(edits, { message: text, author: somebody, committer: somebody });
  await writer.flush();
  if (oid === undefined) throw new Error('nothing changed');
  return oid;
}

/** Nothing of that kind is answered; resolves when one came. */
function hang(kind: GitServerRequest['kind']): Promise<void> {
  const came = Promise.withResolvers<void>();
  server.beforeRequest((request) => {
    if (request.kind !== kind) return 'none';
    came.resolve();
    return new Promise(() => undefined);
  });
  return came.promise;
}

it('a remote that hangs keeps no fetch alive, and leaves a mirror that works', async () => {
  const other = mirrorAt('other');
  const base = await commit(other, undefined, 'one');
  expect(await other.push(undefined, base)).toBe('landed');
  const hanging = hang('fetch');
  const ended = mirrorAt('mirror')
    .fetch()
    .catch((error: unknown) => error);
  await hanging;
  stopping.abort();
  expect(await ended).toMatchObject({ kind: 'unavailable', code: 'git.stopped' });

  server.beforeRequest(undefined);
  stopping = new AbortController();
  const again = mirrorAt('mirror');
  expect(await again.fetch()).toBe(base);
  expect(String(await again.tree(base).read('dev/a.yaml'))).toBe('one');
  const left = await readdir(join(folder, 'mirror'), { recursive: true });
  expect(left.filter((name) => /tmp_|\.lock$/.test(name))).toEqual([]);
});

it('nothing that reads begins any more once the time is over', async () => {
  const mirror = mirrorAt('mirror');
  await mirror.fetch();
  stopping.abort();
  await expect
    .poll(() =>
      mirror.fetch().then(
        () => 'fetched',
        (error: { code: string }) => error.code,
      ),
    )
    .toBe('git.stopped');
});

it('a push that is not answered ends in doubt, and its fate can be read afterwards', { timeout: 60_000 }, async () => {
  const mirror = mirrorAt('mirror');
  const base = await commit(mirror, undefined, 'one');
  expect(await mirror.push(undefined, base)).toBe('landed');
  const tip = await commit(mirror, base, 'two');
  const hanging = hang('push');
  const pushing = mirror.push(base, tip);
  await hanging;
  stopping.abort();
  expect(await pushing).toBe('unknown');

  server.beforeRequest(undefined);
  stopping = new AbortController();
  expect(await mirrorAt('mirror').fetch()).toBe(base);
});
