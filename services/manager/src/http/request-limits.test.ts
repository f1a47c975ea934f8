import type { IncomingMessage } from 'node:http';

import { AppError } from '@release-manager/domain';
import { createMetrics } from '@release-manager/runtime';
import { describe, expect, it } from 'vitest';

import type { Authenticate } from './principal.ts';
import { createRequestLimits } from './request-limits.ts';

const authenticate: Authenticate = (header) => {
  if (header === undefined) return Promise.resolve(undefined);
  const kind = ({ 'Bearer admin': 'admin', 'Bearer other': 'manager' } as const)[header];
  if (kind === 'admin') return Promise.resolve({ actor: { kind } });
  if (kind === 'manager') return Promise.resolve({ actor: { kind, name: 'other' } });
  return Promise.reject(new AppError('unauthenticated', 'access.token-unknown', 'This token is not known here.'));
};

function setUp(perMinute = 20, trustedProxies = 0) {
  const clock = { ms: 0 };
  const metrics = createMetrics();
  const limits = createRequestLimits({ perMinute, trustedProxies, streams: 2 }, { metrics, now: () => clock.ms });
  const request = (authorization: string | undefined, address: string, forwarded?: string) =>
    ({
      socket: { remoteAddress: address },
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
      },
    }) as unknown as IncomingMessage;
  /** `ok`, or the limit that was met, or the code of another error. */
  const ask = async (token: string | undefined, address = '192.0.2.1', forwarded?: string): Promise<string> => {
    try {
      await limits.identify(
        request(token === undefined ? undefined : `Bearer ${token}`, address, forwarded),
        authenticate,
      );
      return 'ok';
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const { limit } = error.details;
      return typeof limit === 'string' ? limit : error.code;
    }
  };
  const askOften = async (times: number, one: (index: number) => Promise<string>): Promise<Record<string, number>> => {
    const seen: Record<string, number> = {};
    for (let index = 0; index < times; index += 1) {
      const answer = await one(index);
      seen[answer] = (seen[answer] ?? 0) + 1;
    }
    return seen;
  };
  return { clock, metrics, limits, request, ask, askOften };
}

describe('limits of requests (S7)', () => {
  it('count a token wherever it is used from, and no other token', async () => {
    const { ask, askOften } = setUp();
    expect(await askOften(30, (index) => ask('admin', `192.0.2.${index}`))).toEqual({ ok: 20, token: 10 });
    expect(await ask('other')).toBe('ok');
  });

  it('count an address where there is no token', async () => {
    const { ask, askOften } = setUp();
    expect(await askOften(30, () => ask(undefined))).toEqual({ ok: 20, address: 10 });
    expect(await ask(undefined, '192.0.2.2')).toBe('ok');
  });

  it('end guessing after a tenth, right guesses too', async () => {
    const { clock, ask, askOften } = setUp(100);
    const guesses = await askOften(50, (index) => ask(`guess-${index}`));
    expect(guesses).toEqual({ 'access.token-unknown': 10, 'failed-login': 40 });
    expect(await ask('admin')).toBe('failed-login');
    expect(await ask('admin', '192.0.2.2')).toBe('ok');
    clock.ms += 6_000;
    expect(await ask('admin')).toBe('ok');
  });

  it('lock nobody out who was let in before, from whatever address others guess', async () => {
    const { ask, askOften } = setUp(100);
    expect(await ask('admin')).toBe('ok');
    await askOften(200, (index) => ask(`guess-${index}`));
    expect(await ask('admin')).toBe('ok');
  });

  it('cannot be washed away by a flood of invented tokens and addresses', async () => {
    const { ask, askOften } = setUp(100);
    await ask('admin', '192.0.2.99');
    await askOften(50, (index) => ask(`guess-${index}`));
    await askOften(20_000, (index) => ask(`flood-${index}`, `2001:db8:${(index % 9_000) + 1}::1`));
    expect(await ask('another-guess')).toBe('failed-login');
    expect(await ask('admin', '192.0.2.99')).toBe('ok');
  });

  it('do not believe who a request says it comes from', async () => {
    const { ask, askOften } = setUp();
    expect(await askOften(30, (index) => ask(undefined, '192.0.2.1', `203.0.113.${index}`))).toEqual({
      ok: 20,
      address: 10,
    });
  });

  it('believe the proxy that they were told of, and nothing left of its entry', async () => {
    const { ask, askOften } = setUp(20, 1);
    expect(await askOften(30, (index) => ask(undefined, '10.0.0.1', `203.0.113.${index}`))).toEqual({ ok: 30 });
    expect(await askOften(30, (index) => ask(undefined, '10.0.0.1', `198.51.100.${index}, 192.0.2.7`))).toEqual({
      ok: 20,
      address: 10,
    });
  });

  it('take a user name for no other token', async () => {
    const { limits, request, askOften } = setUp(100);
    const basic = (user: string, secret: string) => request(`Basic ${btoa(`${user}:${secret}`)}`, '192.0.2.1');
    limits.admit(basic('flux', 'good-secret'))(200);
    await askOften(10, (index) => {
      limits.admit(basic('git', `guess-${index}`))(401);
      return Promise.resolve('asked');
    });
    expect(() => limits.admit(basic('git', 'guess'))).toThrow('too many tokens that do not count');
    expect(() => limits.admit(basic('somebody-else', 'good-secret'))).not.toThrow();
  });

  it('count a header that nobody looks at as no token', () => {
    const { limits, request } = setUp();
    for (let index = 0; index < 20; index += 1) limits.admitAnybody(request(`Bearer ${index}`, '192.0.2.1'));
    expect(() => limits.admitAnybody(request('Bearer x', '192.0.2.1'))).toThrow('without a token');
  });

  it('bound the streams of one token, and give back their places', () => {
    const { limits } = setUp();
    const principal = { actor: { kind: 'admin' } } as const;
    const end = limits.openStream(principal);
    limits.openStream(principal);
    expect(() => limits.openStream(principal)).toThrow('follows 2 event streams');
    end();
    expect(() => limits.openStream(principal)).not.toThrow();
  });

  it('say how long to wait, and are counted', async () => {
    const { limits, request, metrics, ask, askOften } = setUp();
    await askOften(30, () => ask(undefined));
    await expect(limits.identify(request(undefined, '192.0.2.1'), authenticate)).rejects.toMatchObject({
      kind: 'limited',
      details: { retryAfterSeconds: 3 },
    });
    expect((await metrics.render()).body).toContain('release_manager_requests_limited_total{limit="address"} 11');
  });
});
