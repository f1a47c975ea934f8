import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { createBareRepository, createGitHttpHandler } from '@release-manager/git';

/**
 * What a test does to one request. `drop-after`: the backend finishes its work, and its answer is lost. `deliver-twice`: it
 * gets the request twice, as from a proxy that tries again, and the second answer is the one that counts. `stall`: the answer
 * begins and never ends.
 */
export type GitFault = 'none' | 'drop-before' | 'drop-after' | 'deliver-twice' | 'stall';

export interface GitServerRequest {
  readonly method: string;
  readonly url: string;
  /** `push` and `fetch` are the requests that move objects; `advertise` comes before each of them. */
  readonly kind: 'advertise' | 'fetch' | 'push' | 'other';
}

export interface GitServerOptions {
  /** Where repositories lie; default: a temporary folder, removed by `stop`. */
  readonly folder?: string;
  /** With it, every request needs basic authentication with this password (any user name). */
  readonly token?: string;
}

export interface GitServer {
  /** The address of a repository of that name, whether it exists or not. */
  url(name: string): string;
  /** The bare repository's folder, for looking at it with git itself. */
  path(name: string): string;
  /** Makes an empty bare repository with the branch `main`; @returns its folder. */
  create(name: string): Promise<string>;
  /** Native git in that repository, with a fixed identity and no configuration of the machine; @returns stdout. */
  git(name: string, ...args: string[]): Promise<string>;
  /** Called before each request until replaced; may wait, and says what becomes of the request. */
  beforeRequest(hook: ((request: GitServerRequest) => GitFault | Promise<GitFault>) | undefined): void;
  /** All requests so far. */
  readonly requests: readonly GitServerRequest[];
  stop(): Promise<void>;
}

const run = promisify(execFile);

/** A git remote on a loopback port: real git behind smart HTTP, with faults on demand. */
export async function startGitServer(options: GitServerOptions = {}): Promise<GitServer> {
  const root = options.folder ?? (await mkdtemp(join(tmpdir(), 'git-server-')));
  const requests: GitServerRequest[] = [];
  let hook: Parameters<GitServer['beforeRequest']>[0];
  const { token } = options;
  const handle = createGitHttpHandler({
    root,
    ...(token === undefined ? {} : { authorize: (request) => request.credentials?.password === token }),
  });
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.headers[copyHeader] !== undefined) {
      await handle(request, response);
      return;
    }
    const seen = describe(request);
    requests.push(seen);
    const fault = (await hook?.(seen)) ?? 'none';
    if (fault === 'drop-before') {
      request.socket.destroy();
      return;
    }
    if (fault === 'deliver-twice') {
      await deliverTwice(request, response);
      return;
    }
    if (fault === 'stall') {
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
      // The beginning of an answer in packet lines: the next one is to have 8 KiB.
      response.write('000dpackfile\n2004\u0001PACK\0\0\0\u0002\0\0\0\u0003');
      return;
    }
    if (fault === 'drop-after') loseAnswer(response);
    await handle(request, response);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const path = (name: string): string => join(root, `${name}.git`);
  return {
    requests,
    path,
    url: (name) => `http://127.0.0.1:${port}/${name}.git`,
    async create(name) {
      await createBareRepository(path(name), 'main');
      // Background tidying would still run when a test removes the folder.
      await gitIn(path(name), ['config', 'receive.autogc', 'false']);
      return path(name);
    },
    git: (name, ...args) => gitIn(path(name), args),
    beforeRequest(next) {
      hook = next;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      if (options.folder === undefined) await rm(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function describe(request: IncomingMessage): GitServerRequest {
  const url = request.url ?? '';
  const method = request.method ?? '';
  if (url.includes('/info/refs')) return { method, url, kind: 'advertise' };
  if (url.endsWith('/git-receive-pack')) return { method, url, kind: 'push' };
  return { method, url, kind: url.endsWith('/git-upload-pack') ? 'fetch' : 'other' };
}

/** Marks what `deliverTwice` sends, which no hook sees again. */
const copyHeader = 'x-test-copy';

async function deliverTwice(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { host = '', 'content-type': type = '', authorization, 'content-encoding': encoding } = request.headers;
  const copy = (): Promise<Response> =>
    fetch(`http://${host}${request.url ?? ''}`, {
      method: 'POST',
      headers: {
        'content-type': type,
        [copyHeader]: 'yes',
        ...(authorization === undefined ? {} : { authorization }),
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      },
      body: Buffer.concat(chunks),
    });
  await (await copy()).arrayBuffer();
  const answer = await copy();
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
  response.end(Buffer.from(await answer.arrayBuffer()));
}

/** Swallows what would be sent, and breaks the connection when the answer is complete. */
function loseAnswer(response: ServerResponse): void {
  let begun = false;
  Object.defineProperty(response, 'headersSent', { get: () => begun });
  Object.assign(response, {
    writeHead: () => {
      begun = true;
      return response;
    },
    flushHeaders: () => undefined,
    write: () => true,
    end: () => response.destroy(),
  });
}

async function gitIn(folder: string, args: readonly string[]): Promise<string> {
  const identity = { name: 'Pat Person', email: 'pat@example.com' };
  const { stdout } = await run('git', ['-c', 'safe.directory=*', ...args], {
    cwd: folder,
    maxBuffer: 256 * 1024 * 1024,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: identity.name,
      GIT_AUTHOR_EMAIL: identity.email,
      GIT_COMMITTER_NAME: identity.name,
      GIT_COMMITTER_EMAIL: identity.email,
    },
  });
  return stdout;
}
