import { createHmac } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { AppError } from '@release-manager/domain';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import express, { type ErrorRequestHandler } from 'express';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { daemonFacts, kustomization } from '../facts.testing.ts';
import { takeBatch } from '../intake/take-batch.ts';
import { LookStore } from '../looks/look-store.ts';
import { fluxSecret } from './flux-secret.ts';
import { createFluxWebhook } from './flux-webhook.ts';

const key = 'a key of at least sixteen characters';
const now = (): Date => new Date('2026-03-01T12:00:00Z');
let opened: TestDatabase;
let server: Server;
let base: string;

const event = {
  involvedObject: {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    namespace: 'flux-system',
    name: 'dev-web',
    uid: 'u',
  },
  severity: 'info',
  timestamp: '2026-03-01T12:00:00Z',
  message: 'Reconciliation finished in 1.2s',
  reason: 'ReconciliationSucceeded',
  metadata: { 'kustomize.toolkit.fluxcd.io/revision': `main@sha1:${'c'.repeat(40)}` },
  reportingController: 'kustomize-controller',
};

beforeAll(async () => {
  opened = await testDatabase();
  await takeBatch(
    { database: opened.database, now },
    { environment: 'dev', cluster: 'eu' },
    {
      outbox: 'a'.repeat(32),
      daemon: daemonFacts,
      observations: [{ sequence: 1, seenAt: now().toISOString(), observation: kustomization('web') }],
    },
  );
  const app = express();
  for (const [prefix, secretKey] of [
    ['', key],
    ['/off', undefined],
  ] as const) {
    const route = createFluxWebhook({ key: secretKey, database: opened.database, now });
    app.post(prefix + route.path.replaceAll(/\{(\w+)\}/g, ':$1'), (request, response) =>
      route.handle(request, response),
    );
  }
  const answer: ErrorRequestHandler = (error: unknown, _request, response, next) => {
    response.status(400).json({ code: error instanceof AppError ? error.code : String(error) });
    void next;
  };
  app.use(answer);
  server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await opened.drop();
});
beforeEach(async () => {
  await opened.database.db('flux_events').delete();
  await opened.database.db('rollout_looks').delete();
  await new LookStore(opened.database.db).mark(
    [{ environment: 'dev', service: 'web' }],
    new Date('2027-01-01T00:00:00Z'),
  );
});

interface Sent {
  readonly place?: string;
  readonly secret?: string;
  readonly body?: unknown;
  readonly algorithm?: string;
  readonly signature?: string;
  readonly off?: true;
}

async function send({ place = 'dev/eu', secret = fluxSecret(key, 'dev', 'eu'), body = event, ...more }: Sent = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { algorithm = 'sha256' } = more;
  const signature = more.signature ?? `${algorithm}=${createHmac(algorithm, secret).update(text).digest('hex')}`;
  const response = await fetch(`${base}${more.off === true ? '/off' : ''}/v1/webhooks/flux/${place}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-signature': signature },
    body: text,
  });
  return { status: response.status, ...((await response.json()) as { code?: string; result?: string }) };
}

const kept = (): Promise<{ times: number; service: string | null; revision: string; message: string }[]> =>
  opened.database.db('flux_events');
const dueAt = async (): Promise<Date | undefined> => new LookStore(opened.database.db).nextDue();

describe('W5: events of Flux', () => {
  test('one that is signed is recorded, and its service is looked at again', async () => {
    expect(await send()).toEqual({ status: 202, result: 'recorded, and looked at' });
    expect(await kept()).toMatchObject([{ times: 1, service: 'web', revision: `main@sha1:${'c'.repeat(40)}` }]);
    expect(await dueAt()).toEqual(now());
  });

  test.each<readonly [string, Sent]>([
    ['the secret of another environment', { secret: fluxSecret(key, 'prod', 'eu') }],
    ['the secret of another cluster', { secret: fluxSecret(key, 'dev', 'us') }],
    ['the key itself', { secret: key }],
    ['another cluster’s address', { place: 'dev/us' }],
    ['a short sum', { signature: 'sha256=00' }],
    ['SHA-1', { signature: `sha1=${'0'.repeat(40)}` }],
    ['no sum at all', { signature: '' }],
    ['a name that is none', { place: 'dev/EU%2f..' }],
  ])('%s is refused', async (_what, sent) => {
    expect((await send(sent)).code).toBe('webhook.signature');
    expect(await kept()).toEqual([]);
  });

  test.each(['sha384', 'sha512'])('%s is taken too', async (algorithm) => {
    expect((await send({ algorithm })).status).toBe(202);
  });

  test('a revision that was made up is noted and changes nothing', async () => {
    const forged = {
      ...event,
      severity: 'error',
      reason: 'ReconciliationFailed',
      metadata: { revision: `main@sha1:${'f'.repeat(40)}` },
    };
    expect((await send({ body: forged })).status).toBe(202);
    expect(await opened.database.db('releases')).toEqual([]);
    expect(await opened.database.db('rollouts')).toEqual([]);
  });

  test('the same one again is counted, and nobody is sent to look', async () => {
    await send();
    await opened.database.db('rollout_looks').delete();
    for (let times = 0; times < 5; times += 1) expect((await send()).result).toBe('came before');
    expect(await kept()).toMatchObject([{ times: 6 }]);
    expect(await dueAt()).toBeUndefined();
  });

  test('a flood of different ones pushes out the oldest and no more', async () => {
    await opened.database.db.raw(
      `insert into flux_events (environment, cluster, digest, object, severity, reason, message, first_at, last_at)
       select 'dev', 'eu', n::text, 'x', 'error', 'x', 'x', now(), '2020-01-01' from generate_series(1, 600) n`,
    );
    await send();
    expect(await kept()).toHaveLength(500);
  });

  test.each(['null', '[]', '{}', '{', '{"involvedObject":1}'])(
    'what is no event is said to be none: %s',
    async (body) => {
      expect((await send({ body })).code).toBe('webhook.payload');
    },
  );

  test('control characters and half characters come out as text', async () => {
    await send({ body: JSON.stringify({ ...event, message: 'a\u0000b\u001b[31m\ud800' }) });
    expect((await kept())[0]?.message).toBe('a b [31m\ufffd');
  });

  test('without a key there is no such address', async () => {
    expect((await send({ off: true })).code).toBe('webhook.off');
  });
});
