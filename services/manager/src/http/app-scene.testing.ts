import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';

import { operations, Problem } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { createContext, createLogger, createMetrics, createRedactor } from '@release-manager/runtime';
import { afterEach, beforeEach, expect } from 'vitest';

import { createApp, type AppOptions } from './create-app.ts';
import type { Handlers } from './handler.ts';
import type { Principal } from './principal.ts';
import type { ReadinessResult } from './readiness.ts';
import { listen, type HttpServer } from './server.ts';

export const person: Principal = {
  actor: { kind: 'person', person: { id: 'ada', name: 'Ada', email: 'ada@example.com' } },
};
const principals: Readonly<Record<string, Principal>> = {
  'Bearer ada': person,
  'Bearer ci': { actor: { kind: 'ci', token: 'web' } },
};
export const auth = { authorization: 'Bearer ada' };
export const json = { ...auth, 'content-type': 'application/json' };
const local = { port: 0, host: '127.0.0.1', setting: 'PORT', graceMs: 200 };

type Handler = (request: never) => Promise<unknown>;

/** The app on a port of its own, with operations that say that they were reached until a test gives them something to do. */
export class AppScene {
  handlers: Record<string, Handler> = {};
  database: ReadinessResult = { ok: true, message: 'answers' };
  log: Record<string, unknown>[] = [];
  uploaded: Buffer[] = [];
  stop = new AbortController();
  leave = new AbortController();
  #server: HttpServer | undefined;

  /** Opens it before each test of the file that calls this, and closes it after. */
  static use(): AppScene {
    const scene = new AppScene();
    beforeEach(() => scene.#open());
    afterEach(async () => {
      scene.stop.abort();
      await scene.server.close();
    });
    return scene;
  }

  get server(): HttpServer {
    if (this.#server === undefined) throw new Error('the server is opened before each test');
    return this.#server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  async #open(): Promise<void> {
    this.stop = new AbortController();
    this.leave = new AbortController();
    this.log = [];
    this.uploaded = [];
    this.database = { ok: true, message: 'answers' };
    this.handlers = Object.fromEntries(Object.keys(operations).map((id): [string, Handler] => [id, () => reached(id)]));
    this.#server = await listen(createApp(this.#options()), local);
  }

  /** The same app with other limits, at another address. */
  async limit(limits: AppOptions['limits']): Promise<void> {
    await this.server.close();
    this.#server = await listen(createApp({ ...this.#options(), limits }), local);
  }

  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = json,
  ): Promise<Response> {
    return fetch(this.url + path, { method: 'POST', headers, body });
  }

  /** The status of a request that fetch would tidy up. */
  async raw(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<number> {
    const sent = httpRequest({ host: '127.0.0.1', port: this.server.port, path, ...options }).end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode ?? 0;
  }

  #options(): AppOptions {
    const redactor = createRedactor();
    const context = createContext();
    const forward = Object.fromEntries(
      Object.keys(operations).map((id) => [id, (request: never) => this.handlers[id]?.(request)]),
    ) as unknown as Handlers;
    return {
      handlers: forward,
      authenticate,
      logger: createLogger({
        level: 'info',
        redactor,
        context,
        write: (line) => this.log.push(JSON.parse(line) as Record<string, unknown>),
      }),
      metrics: createMetrics(),
      redactor,
      context,
      readiness: [{ name: 'database', check: () => Promise.resolve(this.database) }],
      publicUrl: 'http://localhost:8080',
      version: '1.2.3',
      stopping: this.stop.signal,
      leaving: this.leave.signal,
      limits: { perMinute: 1_000, trustedProxies: 0 },
      landing: { title: 'release-manager', intro: 'hello', addresses: [] },
      uploads: { receive: (token, body) => this.#receive(token, body) },
      mounts: [{ path: '/git', handle: (request, response) => void response.end(`git ${request.url ?? ''}`) }],
    };
  }

  async #receive(token: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    if (token !== 'good') throw new AppError('forbidden', 'storage.upload-token', 'This is no upload URL.');
    for await (const chunk of body) {
      if (chunk[0] === 0) throw new AppError('invalid', 'storage.upload-size', 'More came.');
      this.uploaded.push(Buffer.from(chunk));
    }
  }
}

export async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  return Problem.parse(await response.json());
}

function authenticate(header: string | undefined): Promise<Principal | undefined> {
  if (header === undefined) return Promise.resolve(undefined);
  const principal = principals[header];
  return principal !== undefined
    ? Promise.resolve(principal)
    : Promise.reject(new AppError('unauthenticated', 'access.token-unknown', 'This token is not known here.'));
}

function reached(id: string): Promise<never> {
  return Promise.reject(new AppError('conflict', 'test.reached', `${id} was reached`));
}
