import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AppError } from '@release-manager/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { collect, describeArtifactStore, MovableClock } from './artifact-store.behaviour.ts';
import type { ArtifactStore, UploadReceiver } from './artifact-store.ts';
import { createFolderStore } from './folder-store.ts';

const secret = randomBytes(32);
const statuses: Readonly<Record<string, number>> = { invalid: 400, forbidden: 403, unavailable: 503 };

describe('folder store behind a loopback server', () => {
  const clock = new MovableClock();
  let folder: string;
  let server: Server;
  let store: ArtifactStore & UploadReceiver;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
    server = createServer((request, response) => {
      const token = /^\/v1\/uploads\/([^/?]+)$/.exec(request.url ?? '')?.[1] ?? '';
      const answer = (status: number): unknown => response.writeHead(status).end();
      store.receive(token, request as AsyncIterable<Uint8Array>).then(
        () => answer(204),
        (error: unknown) => answer(error instanceof AppError ? (statuses[error.kind] ?? 500) : 500),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    store = createFolderStore({ folder, publicUrl: `http://127.0.0.1:${port}/`, secret, clock });
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });

  describeArtifactStore(() => store, clock);

  it('leaves no unfinished file behind, whatever was refused', async () => {
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });
});

describe('folder store on its disk', () => {
  const folders: string[] = [];
  const freshFolder = async (): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), 'artifacts-'));
    folders.push(folder);
    return folder;
  };
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  it('keeps nothing of an upload that a kill -9 interrupted, and sweeps the rest later', async () => {
    const folder = await freshFolder();
    await dieWhileReceiving(folder);
    expect(await readdir(join(folder, 'tmp'))).toHaveLength(1);

    const clock = new MovableClock();
    const early = createFolderStore({ folder, publicUrl: 'http://localhost', secret, clock });
    await early.check();
    expect(await readdir(join(folder, 'tmp'))).toHaveLength(1);
    expect(await early.head('uploads/web/a.zip')).toBeUndefined();

    clock.offset = 2 * 3_600_000;
    await createFolderStore({ folder, publicUrl: 'http://localhost', secret, clock }).check();
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it('tells an uploader who went away from a disk that fails', async () => {
    const folder = await freshFolder();
    const store = createFolderStore({ folder, publicUrl: 'http://localhost', secret });
    const { url } = await store.presignUpload('uploads/web/a.zip', { size: 8, sha256: 'ab'.repeat(32) }, 60);
    async function* body(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('half'));
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    }
    const token = url.slice(url.lastIndexOf('/') + 1);
    await expect(store.receive(token, body())).rejects.toMatchObject({ code: 'storage.upload-interrupted' });
    expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  });

  it('A2 follows no link out of its folder', async () => {
    const folder = await freshFolder();
    const store = createFolderStore({ folder, publicUrl: 'http://localhost', secret });
    await store.write('a/real.zip', Buffer.from('x'));
    await writeFile(join(folder, 'outside'), 'secret');
    await symlink(join(folder, 'outside'), join(folder, 'objects/a/link.zip'));
    expect(await store.head('a/link.zip')).toBeUndefined();
    expect((await collect(store.list('a/'))).map((found) => found.key)).toEqual(['a/real.zip']);
    await store.write('a/link.zip', Buffer.from('y'));
    expect(await readFile(join(folder, 'outside'), 'utf8')).toBe('secret');
  });

  it('says what to do when its folder cannot be used', async () => {
    const folder = await freshFolder();
    await writeFile(join(folder, 'objects'), 'a file where a folder is expected');
    const store = createFolderStore({ folder, publicUrl: 'http://localhost', secret });
    const refusal = {
      kind: 'unavailable',
      code: 'storage.unavailable',
      next: expect.stringContaining('disk') as string,
    };
    await expect(store.check()).rejects.toMatchObject(refusal);
    await expect(store.write('a/b.zip', Buffer.from('x'))).rejects.toMatchObject(refusal);
  });
});

/** Another process takes half of an upload, says so, and is killed. */
async function dieWhileReceiving(folder: string): Promise<void> {
  const module = join(import.meta.dirname, 'folder-store.ts');
  const script = `
    import { createFolderStore } from ${JSON.stringify(module)};
    const store = createFolderStore({ folder: ${JSON.stringify(folder)}, publicUrl: 'http://localhost', secret: Buffer.alloc(32) });
    const expected = { size: 8, sha256: '${createHash('sha256').update('').digest('hex')}' };
    const { url } = await store.presignUpload('uploads/web/a.zip', expected, 60);
    async function* body() {
      yield Buffer.from('half');
      process.stdout.write('half');
      setInterval(() => {}, 1000);
      await new Promise(() => {});
    }
    await store.receive(url.slice(url.lastIndexOf('/') + 1), body());
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
