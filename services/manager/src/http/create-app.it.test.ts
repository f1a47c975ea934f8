import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';

import { AppError } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import { AppScene, auth, json, person, problemOf } from './app-scene.testing.ts';

const app = AppScene.use();

describe('what is asked for', () => {
  it('reaches the handler parsed, with the actor of the token and not of the request', async () => {
    app.handlers['requestRelease'] = (request) =>
      Promise.reject(new AppError('conflict', 'test.seen', JSON.stringify(request)));
    const body = JSON.stringify({ service: 'web', environments: ['dev'], branch: 'main' });
    const response = await app.post('/v1/releases', body, { ...json, 'x-actor': 'root', 'x-forwarded-user': 'root' });
    const { detail } = await problemOf(response);
    expect(JSON.parse(detail)).toMatchObject({
      params: {},
      query: {},
      body: { service: 'web', environments: ['dev'], branch: 'main' },
      actor: person.actor,
    });
    expect((await app.post('/v1/releases', JSON.stringify({ ...JSON.parse(body), actor: 'root' }))).status).toBe(400);
  });

  it('is refused to a token of another kind, with the rule and the way out', async () => {
    const refused = await app.post('/v1/releases', '{}', { ...json, authorization: 'Bearer ci' });
    expect(await problemOf(refused)).toMatchObject({
      code: 'access.caller',
      detail: 'ci:web may not do this (requestRelease). Rule: a ci token may upload and read, nothing more.',
      next: expect.stringContaining('auto-release') as string,
    });
    const report = await app.post('/v1/daemon/observations', '{}');
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
    const response = await app.post('/v1/releases', body, headers);
    const { status, code } = await problemOf(response);
    expect(`${response.status} ${code}`).toBe(expected);
    expect(status).toBe(response.status);
  });

  it('refuses a body that is not UTF-8, and one that grows beyond a megabyte without saying so', async () => {
    expect(await problemOf(await app.post('/v1/releases', new Uint8Array([0x22, 0xff, 0x22])))).toMatchObject({
      code: 'http.encoding',
    });
    const sent = httpRequest({
      host: '127.0.0.1',
      port: app.server.port,
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
      port: app.server.port,
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
    const response = await fetch(app.url + path, { headers: auth });
    expect(await problemOf(response)).toMatchObject({ status, code });
  });

  it('says which methods there are', async () => {
    const response = await fetch(`${app.url}/v1/releases`, { method: 'DELETE', headers: auth });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, GET, HEAD');
    expect(await app.raw('/v1/releases', { method: 'TRACE' })).toBe(405);
    expect(await app.raw('/v1/releases', { method: 'OPTIONS' })).toBe(405);
    expect(await app.raw('/v1/uploads/good')).toBe(405);
  });

  it('takes no method from a header, and no body with GET', async () => {
    app.handlers['listReleases'] = () => Promise.resolve({ items: [] });
    expect(await app.raw('/v1/releases', { headers: { ...auth, 'x-http-method-override': 'DELETE' } })).toBe(200);
    expect(await app.raw('/v1/releases', { headers: { ...auth, 'content-length': '0' } })).toBe(200);
    const sent = httpRequest({
      host: '127.0.0.1',
      port: app.server.port,
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
    app.handlers['showVersion'] = () => Promise.resolve({ version: '1', secret_hash: 'abc' });
    const response = await fetch(`${app.url}/v1/version`);
    expect(await response.json()).toEqual({ version: '1' });
  });

  it('tells nothing of a defect but the incident that the log has too', async () => {
    app.handlers['showVersion'] = () => Promise.reject(new Error('select secret_hash from tokens'));
    const response = await fetch(`${app.url}/v1/version`);
    const problem = await problemOf(response);
    expect(JSON.stringify(problem)).not.toMatch(/select|\.ts/);
    expect(app.log.find(({ level }) => level === 'error')).toMatchObject({
      message: 'request failed',
      incident: problem.incident,
      route: '/v1/version',
      requestId: response.headers.get('x-request-id'),
    });
  });

  it('does not log what is the fault of the caller as an error', async () => {
    await fetch(`${app.url}/v1/releases`);
    expect(app.log.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('keeps a harmless request id and replaces another', async () => {
    const idFor = async (sent: string): Promise<string | null> =>
      (await fetch(`${app.url}/healthz`, { headers: { 'x-request-id': sent } })).headers.get('x-request-id');
    expect(await idFor('abc-12345678')).toBe('abc-12345678');
    expect(await idFor('short')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('x'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('a b","level":"error')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('carries the headers that keep browsers from doing anything with it', async () => {
    const { headers } = await fetch(`${app.url}/v1/version`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it('is logged and measured by the template of its route', async () => {
    await fetch(`${app.url}/v1/uploads/a-secret-token`, { method: 'PUT', body: 'x' });
    await fetch(`${app.url}/v1/whoami`, { headers: auth });
    await fetch(`${app.url}/v1/a-secret-token`);
    const requests = app.log.filter(({ message }) => message === 'request');
    expect(requests.map(({ method, route, status, actor }) => [method, route, status, actor])).toEqual([
      ['PUT', '/v1/uploads/{token}', 403, undefined],
      ['GET', '/v1/whoami', 409, 'ada'],
      ['GET', 'unmatched', 404, undefined],
    ]);
    expect(JSON.stringify(app.log)).not.toContain('a-secret-token');
  });
});
