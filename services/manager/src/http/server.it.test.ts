import { request as httpRequest } from 'node:http';

import { createMetrics } from '@release-manager/runtime';
import { describe, expect, it } from 'vitest';

import { AppScene, auth, problemOf } from './app-scene.testing.ts';
import { createMetricsServer, listen } from './server.ts';

const app = AppScene.use();

describe('while the process leaves', () => {
  it('is not ready, answers all the same, and asks everybody to come back by another connection', async () => {
    app.handlers['showVersion'] = () => Promise.resolve({ version: '1' });
    app.leave.abort();
    const ready = await fetch(`${app.url}/readyz`);
    expect([ready.status, await ready.json()]).toMatchObject([503, { ok: false, checks: [{ name: 'manager' }] }]);
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    const response = await fetch(`${app.url}/v1/version`);
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
  });

  it('asks those too who wait for an answer already', async () => {
    const reached = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<{ version: string }>();
    app.handlers['showVersion'] = () => {
      reached.resolve();
      return answer.promise;
    };
    const waiting = fetch(`${app.url}/v1/version`);
    await reached.promise;
    app.leave.abort();
    answer.resolve({ version: '1' });
    const response = await waiting;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
  });
});

describe('the routes beside the API', () => {
  it('say that the process lives and what it waits for', async () => {
    expect((await fetch(`${app.url}/healthz`)).status).toBe(200);
    expect(await (await fetch(`${app.url}/readyz`)).json()).toEqual({
      ok: true,
      checks: [{ name: 'database', ok: true, message: 'answers' }],
    });
    app.database = { ok: false, message: 'does not answer', next: 'start it' };
    const response = await fetch(`${app.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ ok: false, checks: [{ next: 'start it' }] });
  });

  it('take an upload as it comes, by its token alone', async () => {
    const response = await fetch(`${app.url}/v1/uploads/good`, { method: 'PUT', body: Buffer.alloc(3_000_000, 7) });
    expect(response.status).toBe(204);
    expect(Buffer.concat(app.uploaded)).toHaveLength(3_000_000);
    expect((await fetch(`${app.url}/v1/uploads/bad`, { method: 'PUT', body: 'x', headers: auth })).status).toBe(403);
  });

  it('say why an upload was refused in the middle of it', async () => {
    const response = await fetch(`${app.url}/v1/uploads/good`, { method: 'PUT', body: Buffer.alloc(5_000_000) });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'storage.upload-size' });
  });

  it('take it as no error of theirs when an uploader hangs up', async () => {
    const sent = httpRequest({
      host: '127.0.0.1',
      port: app.server.port,
      path: '/v1/uploads/good',
      method: 'PUT',
      headers: { 'content-length': 1_000 },
    });
    sent.on('error', () => undefined);
    sent.write('half');
    await expect.poll(() => app.uploaded).toHaveLength(1);
    sent.destroy();
    await expect.poll(() => app.log).toHaveLength(1);
    expect(app.log[0]).toMatchObject({ level: 'info', route: '/v1/uploads/{token}', aborted: true });
  });

  it('show the description, a first page, and what is mounted', async () => {
    const description = (await (await fetch(`${app.url}/v1/openapi.json`)).json()) as { info: { version: string } };
    expect(description.info.version).toBe('1.2.3');
    const page = await fetch(`${app.url}/`);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("style-src 'sha256-");
    expect(await (await fetch(`${app.url}/git/config.git/info/refs?service=git-upload-pack`)).text()).toBe(
      'git /config.git/info/refs?service=git-upload-pack',
    );
    expect((await fetch(`${app.url}/metrics`)).status).toBe(404);
  });
});

describe('the server', () => {
  it('names the setting of a port that is taken', async () => {
    await expect(
      listen(() => undefined, { port: app.server.port, host: '127.0.0.1', setting: 'PORT' }),
    ).rejects.toMatchObject({ code: 'http.port-taken', next: 'set PORT to another port' });
  });

  it('lets a running request end before it closes', async () => {
    const reached = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<{ version: string }>();
    app.handlers['showVersion'] = () => {
      reached.resolve();
      return answer.promise;
    };
    const response = fetch(`${app.url}/v1/version`);
    await reached.promise;
    const closed = app.server.close();
    answer.resolve({ version: '1' });
    expect(await (await response).json()).toEqual({ version: '1' });
    await closed;
    await expect(fetch(`${app.url}/healthz`)).rejects.toThrow('fetch failed');
  });

  it('shows metrics on a port of their own and nothing else there', async () => {
    const side = await createMetricsServer(createMetrics(), { port: 0, host: '127.0.0.1', setting: 'METRICS_PORT' });
    const base = `http://127.0.0.1:${side.port}`;
    expect(await (await fetch(`${base}/metrics`)).text()).toContain('process_cpu_seconds_total');
    expect((await fetch(`${base}/`)).status).toBe(404);
    expect((await fetch(`${base}/metrics`, { method: 'POST' })).status).toBe(404);
    await side.close();
  });
});
