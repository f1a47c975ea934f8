import { once } from 'node:events';
import { connect } from 'node:net';

import { AppError } from '@release-manager/domain';
import { describe, expect, it } from 'vitest';

import { AppScene, auth } from './app-scene.testing.ts';
import type { StreamedEvent } from './handler.ts';

const app = AppScene.use();

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
    app.handlers['followEvents'] = (request: { lastEventId: string | undefined }) =>
      Promise.resolve(
        (async function* events() {
          expect(request.lastEventId).toBe('1-0');
          yield await Promise.resolve(event(1));
          yield event(2);
        })(),
      );
    const response = await fetch(`${app.url}/v1/events`, { headers: { ...auth, 'last-event-id': '1-0' } });
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
    app.handlers['followEvents'] = never;
    const hangUp = new AbortController();
    const first = await fetch(`${app.url}/v1/events`, { headers: auth, signal: hangUp.signal });
    const second = await fetch(`${app.url}/v1/events`, { headers: auth });
    expect(first.status).toBe(200);
    hangUp.abort();
    await expect.poll(() => ended).toHaveLength(1);
    app.stop.abort();
    expect(await second.text()).toContain('id: 1-1');
    await app.server.close();
    expect(ended).toHaveLength(2);
  });

  it('has a head without a stream', async () => {
    app.handlers['followEvents'] = (request: { signal: AbortSignal }) =>
      Promise.resolve(
        (async function* events() {
          await once(request.signal, 'abort');
          yield event(1);
        })(),
      );
    const response = await fetch(`${app.url}/v1/events`, { method: 'HEAD', headers: auth });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  it('is a problem as long as nothing was sent', async () => {
    app.handlers['followEvents'] = () => Promise.reject(new AppError('limited', 'ledger.too-many-followers', 'Full.'));
    const response = await fetch(`${app.url}/v1/events`, { headers: auth });
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('5');
  });

  it('reads its source no faster than the client takes it', async () => {
    let produced = 0;
    app.handlers['followEvents'] = () =>
      Promise.resolve(
        (async function* events() {
          for (; produced < 5_000; produced += 1)
            yield await Promise.resolve({
              ...event(produced),
              data: { ...(event(produced).data as object), cause: 'x'.repeat(20_000) },
            });
        })(),
      );
    const socket = connect(app.server.port, '127.0.0.1');
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
