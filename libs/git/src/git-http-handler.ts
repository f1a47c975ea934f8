import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { gitEnvironment } from './git-environment.ts';
import { parseGitHttpRequest, type GitHttpRequest } from './git-http-request.ts';

export interface GitHttpHandlerOptions {
  /** The folder that holds the bare repositories. */
  readonly root: string;
  /** Says no by `false` (the client is asked for credentials). Without it everybody may read and write. */
  readonly authorize?: (request: GitHttpRequest) => boolean | Promise<boolean>;
  /** For the whole of one request; default 300. */
  readonly timeoutSeconds?: number;
}

export type GitHttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const defaultTimeoutSeconds = 300;
/** What `git http-backend` may say before the body; more is no header. */
const longestHead = 16 * 1024;

/**
 * Serves bare repositories over git's smart HTTP protocol by `git http-backend`, streaming both ways. The handler answers
 * every request and never rejects; a path below which it is mounted must be taken off `request.url` before.
 */
export function createGitHttpHandler(options: GitHttpHandlerOptions): GitHttpHandler {
  return async (request, response) => {
    try {
      const parsed = parseGitHttpRequest(request);
      if (parsed === undefined) return refuse(response, 404, 'no such repository or request');
      if (options.authorize !== undefined && !(await options.authorize(parsed))) {
        response.setHeader('WWW-Authenticate', 'Basic realm="git", charset="UTF-8"');
        return refuse(response, 401, 'credentials are needed');
      }
      await serve(options, request, response);
    } catch {
      // The client went away, or the backend died: there is nobody to tell, or nothing more to say.
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'the repository cannot be served');
    }
  };
}

async function serve(
  options: GitHttpHandlerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Whoever went away while they were let in will not go away again, and nothing would end the backend before its time.
  if (response.destroyed) return;
  const child = spawn('git', ['http-backend'], {
    cwd: options.root,
    env: backendEnvironment(options, request),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const stop = (): void => kill(child);
  const timer = setTimeout(stop, (options.timeoutSeconds ?? defaultTimeoutSeconds) * 1000);
  response.once('close', stop);
  // Unread, a full pipe of complaints would stop the backend.
  child.stderr.resume();
  try {
    const failed = new Promise<never>((_resolve, reject) => child.once('error', reject));
    // The backend may answer without reading all of the request.
    const sent = pipeline(request, child.stdin).catch(() => undefined);
    await Promise.race([answer(child, response), failed]);
    await sent;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

function backendEnvironment(options: GitHttpHandlerOptions, request: IncomingMessage): Record<string, string> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const environment = gitEnvironment({
    home: resolve(options.root),
    settings: [
      ['http.receivepack', 'true'],
      ['uploadpack.allowFilter', 'true'],
      ['uploadpack.allowAnySHA1InWant', 'true'],
    ],
    served: true,
  });
  const header = (name: string): string => String(request.headers[name] ?? '');
  return {
    ...environment,
    GIT_PROJECT_ROOT: resolve(options.root),
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: /^version=\d$/.test(header('git-protocol')) ? header('git-protocol') : '',
    PATH_INFO: path,
    QUERY_STRING: query,
    REQUEST_METHOD: request.method ?? '',
    CONTENT_TYPE: header('content-type'),
    // No CONTENT_LENGTH: told of one, git http-backend spins for ever when the body ends early, as it does when we are killed in
    // the middle of a push. Without it git itself reads to the end of its input.
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    REMOTE_USER: 'git',
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
  };
}

/** Turns the backend's CGI answer, a head of `Name: value` lines and a body, into an HTTP one. */
async function answer(child: ChildProcessWithoutNullStreams, response: ServerResponse): Promise<void> {
  let head = Buffer.alloc(0);
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    if (response.headersSent) {
      await send(response, chunk);
      continue;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1 && head.length > longestHead) throw new Error('git http-backend sent no head');
    if (end === -1) continue;
    writeHead(response, head.toString('latin1', 0, end));
    await send(response, head.subarray(end + 4));
  }
  if (!response.headersSent) throw new Error('git http-backend sent no answer');
  response.end();
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim();
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
    else if (colon > 0) response.setHeader(name, value);
  }
  response.writeHead(status);
  response.flushHeaders();
}

async function send(response: ServerResponse, chunk: Buffer): Promise<void> {
  // What is gone neither drains nor closes once more.
  if (response.destroyed || chunk.length === 0 || response.write(chunk)) return;
  await new Promise<void>((done) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      done();
    };
    response.once('drain', settle).once('close', settle);
  });
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
}

function kill(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It ended by itself in the meantime.
  }
}
