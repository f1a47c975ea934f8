import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import { AppScene, auth, problemOf } from './app-scene.testing.ts';

const app = AppScene.use();

describe('too many requests (S7)', () => {
  it('of one address without a token are answered with 429 and the time to wait', async () => {
    await app.limit({ perMinute: 12, trustedProxies: 0 });
    for (let index = 0; index < 11; index += 1) await (await fetch(`${app.url}/v1/version`)).text();
    expect((await fetch(`${app.url}/v1/nothing`)).status).toBe(404);
    const response = await fetch(`${app.url}/git/config.git/info/refs`);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await problemOf(response)).toMatchObject({ status: 429, code: 'http.rate-limit', kind: 'limited' });
    for (const path of ['/v1/version', '/', '/v1/openapi.json', '/v1/nothing'])
      expect((await fetch(app.url + path, { headers: { 'x-forwarded-for': '203.0.113.1' } })).status).toBe(429);
    // Probes, uploads, and whoever has a token that was not refused yet.
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${app.url}/readyz`)).status).toBe(200);
    expect((await fetch(`${app.url}/v1/uploads/good`, { method: 'PUT', body: 'x' })).status).toBe(204);
  });

  it('of one token are answered with 429 from wherever they come, and streams are counted too', async () => {
    app.handlers['followEvents'] = (request: { signal: AbortSignal }) =>
      Promise.resolve(
        (async function* events() {
          await once(request.signal, 'abort');
          yield { id: '1-1', data: {} };
        })(),
      );
    await app.limit({ perMinute: 10, trustedProxies: 0, streams: 1 });
    const hangUp = new AbortController();
    const open = await fetch(`${app.url}/v1/events`, { headers: auth, signal: hangUp.signal });
    expect(open.status).toBe(200);
    const second = await fetch(`${app.url}/v1/events`, { headers: auth });
    expect(second.headers.get('retry-after')).toBe('10');
    expect(await problemOf(second)).toMatchObject({ status: 429, code: 'http.too-many-streams' });
    hangUp.abort();
    await expect
      .poll(async () => (await fetch(`${app.url}/v1/events`, { method: 'HEAD', headers: auth })).status, {
        interval: 20,
      })
      .toBe(200);
    let last = 200;
    for (let index = 0; index < 10; index += 1) last = (await fetch(`${app.url}/v1/whoami`, { headers: auth })).status;
    expect(last).toBe(429);
  });
});
