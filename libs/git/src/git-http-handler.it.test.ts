import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createBareRepository } from './bare-repository.ts';
import { createGitHttpHandler } from './git-http-handler.ts';

const serve = (folder: string): string => `
  import { createServer } from 'node:http';
  import { createGitHttpHandler } from ${JSON.stringify(new URL('./git-http-handler.ts', import.meta.url).href)};
  const handle = createGitHttpHandler({ root: ${JSON.stringify(folder)} });
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

/** Processes that serve this folder, by what they were started with. */
async function backendsOf(folder: string): Promise<string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(ids.map((id) => readFile(`/proc/${id}/environ`, 'utf8').catch(() => '')));
  return ids.filter((_, index) => environments[index]?.includes(`GIT_PROJECT_ROOT=${folder}`));
}

test('a server that is killed in the middle of a push leaves no backend behind that spins', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'git-handler-'));
  await createBareRepository(join(folder, 'config.git'), 'main');
  const server = spawn(process.execPath, ['--input-type=module', '--eval', serve(folder)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [printed] = (await once(server.stdout, 'data')) as [Buffer];
  const socket = connect(Number(printed.toString()), '127.0.0.1');
  socket.on('error', () => undefined);
  const head = 'POST /config.git/git-receive-pack HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n';
  socket.write(`${head}content-type: application/x-git-receive-pack-request\r\n\r\n00ffonly a part of the first line`);
  await expect.poll(() => backendsOf(folder), { timeout: 10_000 }).not.toEqual([]);

  server.kill('SIGKILL');

  await expect.poll(() => backendsOf(folder), { timeout: 10_000 }).toEqual([]);
  socket.destroy();
  await rm(folder, { recursive: true, force: true });
});

test.each(['while it is let in', 'while it is answered'])('a client that goes away %s is done with', async (when) => {
  const folder = await mkdtemp(join(tmpdir(), 'git-handler-'));
  await createBareRepository(join(folder, 'config.git'), 'main');
  const early = when === 'while it is let in';
  const left = Promise.withResolvers<void>();
  const handle = createGitHttpHandler({
    root: folder,
    authorize: async () => {
      if (!early) return true;
      socket.destroy();
      await left.promise;
      return true;
    },
  });
  const handled = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    response.once('close', () => left.resolve());
    handle(request, response).then(handled.resolve, handled.reject);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.once('data', () => socket.destroy());
  socket.write('GET /config.git/info/refs?service=git-upload-pack HTTP/1.1\r\nhost: x\r\n\r\n');

  await handled.promise;

  // A short answer may be written before the client has read of it.
  await expect.poll(() => socket.destroyed, { timeout: 10_000 }).toBe(true);
  await expect.poll(() => backendsOf(folder), { timeout: 10_000 }).toEqual([]);
  server.close();
  await rm(folder, { recursive: true, force: true });
});
