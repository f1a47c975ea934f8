import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { createBareRepository, createGitHttpHandler } from '@release-manager/git';

/** Stands for the place where a team keeps its repositories: one empty repository behind a token. */
export interface GitHosting {
  readonly url: string;
  /** The bare repository itself, for looking into it. */
  readonly path: string;
  close(): Promise<void>;
}

const repository = 'config.git';

export async function startGitHosting(folder: string, token: string): Promise<GitHosting> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, repository);
  await createBareRepository(path, 'main');
  const handle = createGitHttpHandler({
    root: folder,
    authorize: ({ credentials }) => credentials?.password === token,
  });
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${repository}`,
    path,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
