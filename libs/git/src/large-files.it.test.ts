import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGitServer, type GitServer } from '@release-manager/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createMirror, isTreePath, noCredentials, type CommitWriter, type Oid } from './index.ts';

const signature = { name: 'Ada', email: 'ada@example.com', at: new Date('2026-03-04T05:06:07Z') };
const meta = { message: 'change\n', author: signature, committer: signature };
const limit = 1000;
const paths = ['dev/large.yaml', 'dev/small.yaml', 'dev/absent.yaml'];

let server: GitServer;
let folder: string;
beforeAll(async () => {
  server = await startGitServer();
  await server.create('config');
  folder = await mkdtemp(join(tmpdir(), 'large-files-'));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const mirrorAt = (name: string) =>
  createMirror({
    folder: join(folder, name),
    url: server.url('config'),
    branch: 'main',
    credentials: noCredentials,
    maxFileBytes: limit,
  });

const fetches = (): number => server.requests.filter(({ kind }) => kind === 'fetch').length;

async function writeFiles(writer: CommitWriter): Promise<void> {
  await writer.commit(
    [
      { kind: 'put', path: 'dev/large.yaml', content: Buffer.alloc(limit + 1, '#') },
      { kind: 'put', path: 'dev/small.yaml', content: Buffer.from('a: 1\n') },
    ],
    meta,
  );
}

it('one large file stops only who needs it: it is left out where that is asked for, and its size is known', async () => {
  const author = mirrorAt('author');
  const writer = author.writer(undefined);
  await writeFiles(writer);
  expect([...(await writer.tree().sizes(paths))]).toEqual([
    ['dev/large.yaml', limit + 1],
    ['dev/small.yaml', 5],
  ]);
  await writer.flush();
  await author.push(undefined, writer.tip as Oid);

  const mirror = mirrorAt('mirror');
  const tree = mirror.tree((await mirror.fetch()) as Oid);
  const before = fetches();
  await expect(tree.readMany(paths)).rejects.toMatchObject({ code: 'git.file-too-large' });
  expect([...(await tree.readMany(paths, { onTooLarge: 'skip' })).keys()]).toEqual(['dev/small.yaml']);
  expect([...(await tree.sizes(paths))]).toEqual([
    ['dev/large.yaml', limit + 1],
    ['dev/small.yaml', 5],
  ]);
  expect(fetches() - before).toBe(1);
});

it('asking for sizes brings what is missing by one request', async () => {
  const mirror = mirrorAt('sizes');
  const tree = mirror.tree((await mirror.fetch()) as Oid);
  const before = fetches();
  await tree.sizes(paths);
  await tree.readMany(paths, { onTooLarge: 'skip' });
  expect(fetches() - before).toBe(1);
  expect(await tree.sizes([])).toEqual(new Map());
});

it('knows which names of others can be asked for', () => {
  const hostile = ['a\\b.yaml', '.git/config', 'x/../y', 'bro\ufffdken.yaml', 'line\nbreak.yaml', ''];
  expect(hostile.filter(isTreePath)).toEqual([]);
  expect(['dev/a.yaml', 'ünïcode.yml'].filter(isTreePath)).toHaveLength(2);
});
