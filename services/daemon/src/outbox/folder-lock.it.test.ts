import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { lockFolder } from './folder-lock.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('one daemon writes to a folder at a time', async () => {
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'outbox.in-use' });
  await release();
  const again = await lockFolder(folder);
  await again();
});

it('a socket that a killed process left behind is in nobody’s way', async () => {
  const path = join(folder, 'daemon.sock');
  const dead = createServer();
  await new Promise<void>((resolve) => {
    dead.listen(join(folder, 'other.sock'), resolve);
  });
  // A name whose listener is gone: what remains of a socket after kill -9.
  renameSync(join(folder, 'other.sock'), path);
  await new Promise((resolve) => dead.close(resolve));
  const release = await lockFolder(folder);
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'outbox.in-use' });
  await release();
});
