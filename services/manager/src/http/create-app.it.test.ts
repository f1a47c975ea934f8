import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';

import { operations, Problem } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { createContext, createLogger, createMetrics, createRedactor } from '@release-manager/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createApp, type AppOptions } from './create-app.ts';
import type { Handlers, StreamedEvent } from './handler.ts';
import type { Principal } from './principal.ts';
import type { ReadinessResult } from './readiness.ts';
import { createMetricsServer, listen, type HttpServer } from './server.ts';

const person: Principal = { actor: { kind: 'person', person: { id: 'ada', name: 'Ada', email: 'ada@example.com' } } };
const principals: Readonly<Record<string, Principal>> = {
  'Bearer ada': person,
  'Bearer ci': { actor: { kind: 'ci', token: 'web' } },
};
const metrics = createMetrics();
const local = { port: 0, host: '127.0.0.1', setting: 'PORT', graceMs: 200 };

let server: HttpServer;
let stop: AbortController;
let leave: AbortController;
let log: Record<string, unknown>[];
let url: string;
let options: () => AppOptions;
let handlers: Record<string, (request: never) => Promise<unknown>>;
let database: ReadinessResult;
let uploaded: Buffer[];

function stubs(): Record<string, (request: never) => Promise<unknown>> {
  return Object.fromEntries(
    Object.keys(operations).map((id) => [
      id,
      () => Promise.reject(new AppError('conflict', 'test.reached', `${id} was reached`)),
    ]),
  );
}

beforeEach(async () => {
  stop = new AbortController();
  leave = new AbortController();
  log = [];
  handlers = stubs();
  uploaded = [];
  database = { ok: true, message: 'answers' };
  const redactor = createRedactor();
  const context = createContext();
  const forward = Object.fromEntries(
    Object.keys(operations).map((id) => [id, (request: never) => handlers[id]?.(request)]),
  ) as unknown as Handlers;
  options = () => ({
    handlers: forward,
    authenticate: (header) => {
      if (header === undefined) return Promise.resolve(undefined);
      const principal = principals[header];
      return principal !== undefined
        ? Promise.resolve(principal)
        : Promise.reject(new AppError('unauthenticated', 'access.token-unknown', 'This token is not known here.'));
    },
    logger: createLogger({
      level: 'info',
      redactor,
      context,
      write: (line) => log.push(JSON.parse(line) as Record<string, unknown>),
    }),
    metrics: createMetrics(),
    redactor,
    context,
    readiness: [{ name: 'database', check: () => Promise.resolve(database) }],
    publicUrl: 'http://localhost:8080',
    version: '1.2.3',
    stopping: stop.signal,
    leaving: leave.signal,
    limits: { perMinute: 1_000, trustedProxies: 0 },
    landing: { title: 'release-manager', intro: 'hello', addresses: [] },
    uploads: {
      receive: async (token, body) => {
        if (token !== 'good') throw new AppError('forbidden', 'storage.upload-token', 'This is no upload URL.');
        for await (const chunk of body) {
          if (chunk[0] === 0) throw new AppError('invalid', 'storage.upload-size', 'More came.');
          uploaded.push(Buffer.from(chunk));
        }
      },
    },
    mounts: [{ path: '/git', handle: (request, response) => void response.end(`git ${request.url ?? ''}`) }],
  });
  server = await listen(createApp(options()), local);
  url = `http://127.0.0.1:${server.port}`;
});
afterEach(async () => {
  stop.abort();
  await server.close();
});

const auth = { authorization: 'Bearer ada' };
const json = { ...auth, 'content-type': 'application/json' };
const post = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = json,
): Promise<Response> => fetch(url + path, { method: 'POST', headers, body });

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  return Problem.parse(await response.json());
}

/** A request that fetch would tidy up. */
async function raw(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<number> {
  const sent = httpRequest({ host: '127.0.0.1', port: server.port, path, ...options }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

describe('what is asked for', () => {
  it('reaches the handler parsed, with the actor of the token and not of the request', async () => {
    handlers['requestRelease'] = (request) =>
      Promise.reject(new AppError('conflict', 'test.seen', JSON.stringify(request)));
    const body = JSON.stringify({ service: 'web', environments: ['dev'], branch: 'main' });
    const response = await post('/v1/releases', body, { ...json, 'x-actor': 'root', 'x-forwarded-user': 'root' });
    const { detail } = await problemOf(response);
    expect(JSON.parse(detail)).toMatchObject({
      params: {},
      query: {},
      body: { service: 'web', environments: ['dev'], branch: 'main' },
      actor: person.actor,
    });
    expect((await post('/v1/releases', JSON.stringify({ ...JSON.parse(body), actor: 'root' }))).status).toBe(400);
  });

  it('is refused to a token of another kind, with the rule and the way out', async () => {
    const refused = await post('/v1/releases', '{}', { ...json, authorization: 'Bearer ci' });
    expect(await problemOf(refused)).toMatchObject({
      code: 'access.caller',
      detail: 'ci:web may not do this (requestRelease). Rule: a ci token may upload and read, nothing more.',
      next: expect.stringContaining('auto-release') as string,
    });
    const report = await post('/v1/daemon/observations', '{}');
    expect((await problemOf(report)).detail).toContain('takes tokens of the kind daemon');
  });

  it.each([
    ['a body that is no JSON', '{', json, '400 http.json'],
    ['the same key twice', '{"service":"a","service":"b"}', json, '400 http.json'],
    ['another content type', 'a=b', { ...auth, 'content-type': 'text/plain' }, '415 http.media-type'],
    ['another charset', '{}', { ...auth, 'content-type': 'application/json; charset=utf-16' }, '415 http.media-type'],
    ['a compressed body', 'x', { ...json, 'content-encoding': 'gzip' }, '415 http.media-type'],
    ['a body of more than a megabyte', JSON.stringify('x'.repeat(1024 * 1024)), json, '413 http.too-large'],
    ['nothing', '', json, '400 http.body'],
  ])('refuses %s', async (_, body, headers, expected) => {
    const response = await post('/v1/releases', body, headers);
    const { status, code } = await problemOf(response);
    expect(`${response.status} ${code}`).toBe(expected);
    expect(status).toBe(response.status);
  });

  it('refuses a body that is not UTF-8, and one that grows beyond a megabyte without saying so', async () => {
    expect(await problemOf(await post('/v1/releases', new Uint8Array([0x22, 0xff, 0x22])))).toMatchObject({
      code: 'http.encoding',
    });
    const sent = httpRequest({
      host: '127.0.0.1',
      port: server.port,
      path: '/v1/releases',
      method: 'POST',
      headers: json,
    });
    sent.on('error', () => undefined);
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    for (let index = 0; index < 20; index += 1) sent.write(' '.repeat(64 * 1024));
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    sent.destroy();
  });

  it('reads no body of somebody who has no token', async () => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port: server.port,
      path: '/v1/releases',
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 900_000_000 },
    });
    sent.on('error', () => undefined);
    sent.write('{');
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    expect(response.headers['connection']).toBe('close');
    sent.destroy();
  });

  it.each([
    ['/v1/releases?limit=abc', 400, 'http.query'],
    ['/v1/releases?servise=web', 400, 'http.query'],
    ['/v1/releases?service=web&service=api', 400, 'http.query'],
    ['/v1/releases/rel_x', 400, 'http.path'],
    ['/v1/services/..%2f..%2fetc', 400, 'http.path'],
    ['/v1/services/%zz', 400, 'http.path'],
    ['/v1/services/a%00b', 400, 'http.path'],
    ['/v1/nothing', 404, 'http.no-route'],
    ['/V1/releases', 404, 'http.no-route'],
    ['/v1/releases/', 404, 'http.no-route'],
    ['//v1/releases', 404, 'http.no-route'],
    ['/v1//releases', 404, 'http.no-route'],
    ['/v1/uploads/', 404, 'http.no-route'],
  ])('answers GET %s with %i %s', async (path, status, code) => {
    const response = await fetch(url + path, { headers: auth });
    expect(await problemOf(response)).toMatchObject({ status, code });
  });

  it('says which methods there are', async () => {
    const response = await fetch(`${url}/v1/releases`, { method: 'DELETE', headers: auth });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, GET, HEAD');
    expect(await raw('/v1/releases', { method: 'TRACE' })).toBe(405);
    expect(await raw('/v1/releases', { method: 'OPTIONS' })).toBe(405);
    expect(await raw('/v1/uploads/good')).toBe(405);
  });

  it('takes no method from a header, and no body with GET', async () => {
    handlers['listReleases'] = () => Promise.resolve({ items: [] });
    expect(await raw('/v1/releases', { headers: { ...auth, 'x-http-method-override': 'DELETE' } })).toBe(200);
    expect(await raw('/v1/releases', { headers: { ...auth, 'content-length': '0' } })).toBe(200);
    const sent = httpRequest({
      host: '127.0.0.1',
      port: server.port,
      path: '/v1/releases',
      headers: { ...json, 'content-length': 2 },
    });
    sent.end('{}');
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(400);
  });
});

describe('what is answered', () => {
  it('has the status of the operation and only what its schema names', async () => {
    handlers['showVersion'] = () => Promise.resolve({ version: '1', secret_hash: 'abc' });
    const response = await fetch(`${url}/v1/version`);
    expect(await response.json()).toEqual({ version: '1' });
  });

  it('tells nothing of a defect but the incident that the log has too', async () => {
    handlers['showVersion'] = () => Promise.reject(new Error('select secret_hash from tokens'));
    const response = await fetch(`${url}/v1/version`);
    const problem = await problemOf(response);
    expect(JSON.stringify(problem)).not.toMatch(/select|\.ts/);
    expect(log.find(({ level }) => level === 'error')).toMatchObject({
      message: 'request failed',
      incident: problem.incident,
      route: '/v1/version',
      requestId: response.headers.get('x-request-id'),
    });
  });

  it('does not log what is the fault of the caller as an error', async () => {
    await fetch(`${url}/v1/releases`);
    expect(log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('keeps a harmless request id and replaces another', async () => {
    const idFor = async (sent: string): Promise<string | null> =>
      (await fetch(`${url}/healthz`, { headers: { 'x-request-id': sent } })).headers.get('x-request-id');
    expect(await idFor('abc-12345678')).toBe('abc-12345678');
    expect(await idFor('short')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('a b","level":"error')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('carries the headers that keep browsers from doing anything with it', async () => {
    const { headers } = await fetch(`${url}/v1/version`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it('is logged and measured by the template of its route', async () => {
    await fetch(`${url}/v1/uploads/a-secret-token`, { method: 'PUT', body: 'x' });
    await fetch(`${url}/v1/whoami`, { headers: auth });
    await fetch(`${url}/v1/a-secret-token`);
    const requests = log.filter(({ message }) => message === 'request');
    expect(requests.map(({ method, route, status, actor }) => [method, route, status, actor])).toEqual([
      ['PUT', '/v1/uploads/{token}', 403, undefined],
      ['GET', '/v1/whoami', 409, 'ada'],
      ['GET', 'unmatched', 404, undefined],
    ]);
    expect(JSON.stringify(log)).not.toContain('a-secret-token');
  });
});

describe('a stream', () => {
  const event = (index: number): StreamedEvent<unknown> => ({
    id: `1-${index}`,
    data: {
      id: `1-${index}`,
      at: '2026-01-01T00:00:00Z',
      kind: 'test.event',
      actor: { kind: 'manager', name: 'release-manager' },
      cause: `line one\n\ndata: forged ${index}`,
      details: {},
      hidden: 'column',
    },
  });

  it('sends events with ids, one data line each, and nothing that the contract does not name', async () => {
    handlers['followEvents'] = (request: { lastEventId: string | undefined }) =>
      Promise.resolve(
        (async function* events() {
          expect(request.lastEventId).toBe('1-0');
          yield await Promise.resolve(event(1));
          yield event(2);
        })(),
      );
    const response = await fetch(`${url}/v1/events`, { headers: { ...auth, 'last-event-id': '1-0' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith(':'));
    expect(lines.map((line) => line.slice(0, line.indexOf(':')))).toEqual(['id', 'data', 'id', 'data']);
    expect(lines[0]).toBe('id: 1-1');
    expect(lines.join('')).not.toContain('column');
  });

  it('ends when the server stops and when the client hangs up', async () => {
    const ended: string[] = [];
    const never = (request: { signal: AbortSignal }): Promise<AsyncIterable<StreamedEvent<unknown>>> =>
      Promise.resolve(
        (async function* events() {
          yield await Promise.resolve(event(1));
          await once(request.signal, 'abort');
          ended.push('source');
        })(),
      );
    handlers['followEvents'] = never;
    const hangUp = new AbortController();
    const first = await fetch(`${url}/v1/events`, { headers: auth, signal: hangUp.signal });
    const second = await fetch(`${url}/v1/events`, { headers: auth });
    expect(first.status).toBe(200);
    hangUp.abort();
    await expect.poll(() => ended).toHaveLength(1);
    stop.abort();
    expect(await second.text()).toContain('id: 1-1');
    await server.close();
    expect(ended).toHaveLength(2);
  });

  it('has a head without a stream', async () => {
    handlers['followEvents'] = (request: { signal: AbortSignal }) =>
      Promise.resolve(
        (async function* events() {
          await once(request.signal, 'abort');
          yield event(1);
        })(),
      );
    const response = await fetch(`${url}/v1/events`, { method: 'HEAD', headers: auth });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('is a problem as long as nothing was sent', async () => {
    handlers['followEvents'] = () => Promise.reject(new AppError('limited', 'ledger.too-many-followers', 'Full.'));
    const response = await fetch(`${url}/v1/events`, { headers: auth });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('5');
  });

  it('reads its source no faster than the client takes it', async () => {
    let produced = 0;
    handlers['followEvents'] = () =>
      Promise.resolve(
        (async function* events() {
          for (; produced < 5_000; produced += 1)
            yield await Promise.resolve({
              ...event(produced),
              data: { ...(event(produced).data as object), cause: 'x'.repeat(20_000) },
            });
        })(),
      );
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`GET /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ada\r\n\r\n`);
    await once(socket, 'readable');
    const before = (): number => produced;
    let last = -1;
    await expect
      .poll(
        () => {
          const still = last === before();
          last = before();
          return still;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    expect(produced).toBeLessThan(5_000);
    socket.destroy();
  });
});

describe('too many requests (S7)', () => {
  it('of one address without a token are answered with 429 and the time to wait', async () => {
    await server.close();
    server = await listen(createApp({ ...options(), limits: { perMinute: 12, trustedProxies: 0 } }), local);
    url = `http://127.0.0.1:${server.port}`;
    for (let index = 0; index < 11; index += 1) await (await fetch(`${url}/v1/version`)).text();
    expect((await fetch(`${url}/v1/nothing`)).status).toBe(404);
    const response = await fetch(`${url}/git/config.git/info/refs`);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await problemOf(response)).toMatchObject({ status: 429, code: 'http.rate-limit', kind: 'limited' });
    for (const path of ['/v1/version', '/', '/v1/openapi.json', '/v1/nothing'])
      expect((await fetch(url + path, { headers: { 'x-forwarded-for': '203.0.113.1' } })).status).toBe(429);
    // Probes, uploads, and whoever has a token that was not refused yet.
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/v1/uploads/good`, { method: 'PUT', body: 'x' })).status).toBe(204);
  });

  it('of one token are answered with 429 from wherever they come, and streams are counted too', async () => {
    await server.close();
    handlers['followEvents'] = (request: { signal: AbortSignal }) =>
      Promise.resolve(
        (async function* events() {
          await once(request.signal, 'abort');
          yield { id: '1-1', data: {} };
        })(),
      );
    server = await listen(createApp({ ...options(), limits: { perMinute: 10, trustedProxies: 0, streams: 1 } }), local);
    url = `http://127.0.0.1:${server.port}`;
    const hangUp = new AbortController();
    const open = await fetch(`${url}/v1/events`, { headers: auth, signal: hangUp.signal });
    expect(open.status).toBe(200);
    const second = await fetch(`${url}/v1/events`, { headers: auth });
    expect(second.headers.get('retry-after')).toBe('10');
    expect(await problemOf(second)).toMatchObject({ status: 429, code: 'http.too-many-streams' });
    hangUp.abort();
    await expect
      .poll(async () => (await fetch(`${url}/v1/events`, { method: 'HEAD', headers: auth })).status, { interval: 20 })
      .toBe(200);
    let last = 200;
    for (let index = 0; index < 10; index += 1) last = (await fetch(`${url}/v1/whoami`, { headers: auth })).status;
    expect(last).toBe(429);
  });
});

describe('while the process leaves', () => {
  it('is not ready, answers all the same, and asks everybody to come back by another connection', async () => {
    handlers['showVersion'] = () => Promise.resolve({ version: '1' });
    leave.abort();
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { ok: false, checks: [{ name: 'manager' }] }]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const response = await fetch(`${url}/v1/version`);
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
  });

  it('asks those too who wait for an answer already', async () => {
    const reached = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<{ version: string }>();
    handlers['showVersion'] = () => {
      reached.resolve();
      return answer.promise;
    };
    const waiting = fetch(`${url}/v1/version`);
    await reached.promise;
    leave.abort();
    answer.resolve({ version: '1' });
    const response = await waiting;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
  });
});

describe('the routes beside the API', () => {
  it('say that the process lives and what it waits for', async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${url}/readyz`)).json()).toEqual({
      ok: true,
      checks: [{ name: 'database', ok: true, message: 'answers' }],
    });
    database = { ok: false, message: 'does not answer', next: 'start it' };
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ ok: false, checks: [{ next: 'start it' }] });
  });

  it('take an upload as it comes, by its token alone', async () => {
    const response = await fetch(`${url}/v1/uploads/good`, { method: 'PUT', body: Buffer.alloc(3_000_000, 7) });
    expect(response.status).toBe(204);
    expect(Buffer.concat(uploaded)).toHaveLength(3_000_000);
    expect((await fetch(`${url}/v1/uploads/bad`, { method: 'PUT', body: 'x', headers: auth })).status).toBe(403);
  });

  it('say why an upload was refused in the middle of it', async () => {
    const response = await fetch(`${url}/v1/uploads/good`, { method: 'PUT', body: Buffer.alloc(5_000_000) });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'storage.upload-size' });
  });

  it('take it as no error of theirs when an uploader hangs up', async () => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port: server.port,
      path: '/v1/uploads/good',
      method: 'PUT',
      headers: { 'content-length': 1_000 },
    });
    sent.on('error', () => undefined);
    sent.write('half');
    await expect.poll(() => uploaded).toHaveLength(1);
    sent.destroy();
    await expect.poll(() => log).toHaveLength(1);
    expect(log[0]).toMatchObject({ level: 'info', route: '/v1/uploads/{token}', aborted: true });
  });

  it('show the description, a first page, and what is mounted', async () => {
    const description = (await (await fetch(`${url}/v1/openapi.json`)).json()) as { info: { version: string } };
    expect(description.info.version).toBe('1.2.3');
    const page = await fetch(`${url}/`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("style-src 'sha256-");
    expect(await (await fetch(`${url}/git/config.git/info/refs?service=git-upload-pack`)).text()).toBe(
      'git /config.git/info/refs?service=git-upload-pack',
    );
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
  });
});

describe('the server', () => {
  it('names the setting of a port that is taken', async () => {
    await expect(
      listen(() => undefined, { port: server.port, host: '127.0.0.1', setting: 'PORT' }),
    ).rejects.toMatchObject({ code: 'http.port-taken', next: 'set PORT to another port' });
  });

  it('lets a running request end before it closes', async () => {
    const reached = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<{ version: string }>();
    handlers['showVersion'] = () => {
      reached.resolve();
      return answer.promise;
    };
    const response = fetch(`${url}/v1/version`);
    await reached.promise;
    const closed = server.close();
    answer.resolve({ version: '1' });
    expect(await (await response).json()).toEqual({ version: '1' });
    await closed;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('shows metrics on a port of their own and nothing else there', async () => {
    const side = await createMetricsServer(metrics, { port: 0, host: '127.0.0.1', setting: 'METRICS_PORT' });
    const base = `http://127.0.0.1:${side.port}`;
    expect(await (await fetch(`${base}/metrics`)).text()).toContain('process_cpu_seconds_total');
    expect((await fetch(`${base}/`)).status).toBe(404);
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(404);
    await side.close();
  });
});
