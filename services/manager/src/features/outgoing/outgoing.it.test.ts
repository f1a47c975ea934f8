import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { jsonb } from '@release-manager/postgres';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { testClock, workDeliveries, type DeliveryWork } from '../../testing/delivery-room.ts';
import { ada, openReleaseRoom, type ReleaseRoom } from '../../testing/release-room.ts';
import { appendLedger } from '../ledger/index.ts';
import { guardAddresses } from './address-guard.ts';
import { createSendGuarded, resolveBySystem } from './guarded-request.ts';
import { createOutgoingDeliveries } from './outgoing-deliveries.ts';
import { parseReceivers } from './receivers.ts';

interface Taken {
  readonly call: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

const secret = 'a-secret-of-24-characters';
const publicUrl = 'https://releases.example.com';
const clock = testClock();
let room: ReleaseRoom;
let work: DeliveryWork;
let server: Server;
const taken: Taken[] = [];
/** What the receiver answers next; then 200. */
const answers: { readonly status: number; readonly body?: unknown }[] = [];

beforeEach(async () => {
  taken.length = 0;
  answers.length = 0;
  room = await openReleaseRoom({ now: clock.now });
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      taken.push({ call: `${request.method} ${request.url}`, headers: request.headers, text, body });
      const answer = answers.shift() ?? { status: 200, body: { id: 7 } };
      response.writeHead(answer.status).end(JSON.stringify(answer.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await room.close();
});

async function open(...receivers: object[]): Promise<void> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const parts = createOutgoingDeliveries({
    database: room.database,
    receivers: parseReceivers(JSON.stringify(receivers.map((each) => ({ url: `${url}/in`, ...each })))),
    publicUrl,
    send: createSendGuarded(guardAddresses(['127.0.0.1/32']), resolveBySystem),
    isProtected: (environment) => environment === 'prod',
    now: clock.now,
  });
  work = await workDeliveries(room.database, parts, clock);
}

async function tell(): Promise<readonly Taken[]> {
  taken.length = 0;
  await work.react();
  await work.settle();
  return [...taken];
}

async function commit(environment = 'prod', text = 'a'): Promise<string> {
  const artifact = await room.artifact({ service: 'web', text });
  const { outcomes } = await room.service.request(ada, {
    service: 'web',
    environments: [environment],
    what: { artifact: artifact.id },
  });
  await room.write();
  return outcomes[0]?.release?.id ?? '';
}

async function become(id: string, state: 'healthy' | 'failed', failure?: string): Promise<void> {
  await room.database
    .db('releases')
    .where({ id })
    .update({ state, watched: true, failure: failure === undefined ? null : jsonb({ code: 'x', message: failure }) });
  await happen(id, `release.${state}`, state);
}

async function happen(id: string, kind: string, to?: string): Promise<void> {
  const { service, environment } = await room.release(id);
  const at = clock.now();
  await appendLedger(room.database.db, {
    kind,
    actor: { kind: 'manager' },
    service,
    environment,
    releaseId: id,
    to,
    cause: 'so it is',
    at,
  });
}

const webhook = { name: 'audit', kind: 'webhook', secret };

it('tells a webhook of each entry by itself, signed, with the id of the entry', async () => {
  await open({ ...webhook, events: ['release.committed', 'release.healthy'], environments: ['prod'] });
  await commit('dev', 'x');
  const id = await commit();
  await become(id, 'healthy');
  // Both are sent at once, and may overtake each other.
  const told = await tell();
  const events = told.toSorted((a, b) => String(a.body['type']).localeCompare(String(b.body['type'])));
  expect(events.map(({ body }) => body['type'])).toEqual([
    'io.release-manager.release.committed',
    'io.release-manager.release.healthy',
  ]);
  const [first] = events;
  expect(first?.body).toMatchObject({
    specversion: '1.0',
    source: publicUrl,
    subject: id,
    datacontenttype: 'application/json',
    data: { release: id, service: 'web', environment: 'prod', to: 'committed' },
  });
  for (const { headers, text, body } of events) {
    const stamp = headers['webhook-timestamp'];
    const signed = createHmac('sha256', secret)
      .update(`${String(body['id'])}.${String(stamp)}.${text}`)
      .digest('base64');
    expect(headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': body['id'],
      'webhook-signature': `v1,${signed}`,
    });
  }
  expect(await tell()).toEqual([]);
});

it('tells a webhook of what is rebuilt after a loss only where it names that kind', async () => {
  await open({ ...webhook, events: ['release.*'] }, { ...webhook, name: 'all', events: ['release.rebuilt'] });
  const id = await commit();
  await tell();
  await happen(id, 'release.rebuilt', 'committed');
  expect((await tell()).map(({ body }) => body['type'])).toEqual(['io.release-manager.release.rebuilt']);
});

it('tells a webhook again that did not answer, with the same id and a new signature', async () => {
  await open({ ...webhook, events: ['release.committed'] });
  await commit();
  answers.push({ status: 503 });
  const [first, second] = await tell();
  expect(second?.text).toBe(first?.text);
  expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  expect(second?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp']);
});

it('ends what a webhook refuses, and keeps no secret of it', async () => {
  await open({ ...webhook, events: ['release.committed'] });
  await commit();
  answers.push({ status: 410 });
  expect(await tell()).toHaveLength(1);
  const rows = await room.database.db('deliveries');
  expect(rows).toMatchObject([{ state: 'failed', last_error: { code: 'outgoing.refused' } }]);
  expect(JSON.stringify(rows)).not.toContain(secret);
});

const grafana = { name: 'graphs', kind: 'grafana', token: 'glsa_0123456789' };

it('draws one annotation per release in Grafana, from its commit to its end', async () => {
  await open(grafana);
  const id = await commit();
  const [made] = await tell();
  expect(made).toMatchObject({
    call: 'POST /in/api/annotations',
    headers: { authorization: 'Bearer glsa_0123456789' },
    body: { tags: ['release', 'service:web', 'environment:prod', 'state:committed', id] },
  });
  await become(id, 'healthy');
  expect(await tell()).toMatchObject([
    {
      call: 'PATCH /in/api/annotations/7',
      body: { time: made?.body['time'], tags: expect.arrayContaining(['state:healthy']) as unknown },
    },
  ]);
});

it('looks an annotation up of which nobody knows whether it was drawn', async () => {
  await open(grafana);
  const id = await commit();
  answers.push({ status: 500 }, { status: 200, body: [{ id: 12 }] });
  expect((await tell()).map(({ call }) => call)).toEqual([
    'POST /in/api/annotations',
    `GET /in/api/annotations?type=annotation&limit=1&tags=${id}`,
    'PATCH /in/api/annotations/12',
  ]);
});

const pager = { name: 'pager', kind: 'pagerduty', routingKey: 'k'.repeat(32) };

it('calls somebody once for a failure in a protected environment, and calls it off when it is over', async () => {
  await open(pager);
  const [dev, prod] = [await commit('dev', 'x'), await commit('prod')];
  await become(dev, 'failed', 'in dev');
  await become(prod, 'healthy');
  expect(await tell()).toEqual([]);

  await become(prod, 'failed', 'the image cannot be pulled');
  const [trigger] = await tell();
  expect(trigger?.body).toMatchObject({
    routing_key: 'k'.repeat(32),
    event_action: 'trigger',
    payload: {
      summary: 'web in prod: the image cannot be pulled',
      source: publicUrl,
      severity: 'critical',
      custom_details: { release: prod },
    },
  });
  await happen(prod, 'release.failed', 'failed');
  expect(await tell()).toEqual([]);

  // The next one is under way: whether it helps is not known yet.
  const next = await commit('prod', 'b');
  await room.database.db('releases').where({ id: next }).update({ watched: true });
  expect(await tell()).toEqual([]);
  await become(next, 'healthy');
  expect(await tell()).toMatchObject([
    { body: { event_action: 'resolve', dedup_key: trigger?.body['dedup_key'], routing_key: 'k'.repeat(32) } },
  ]);
});

it('calls off what it does not know to have been called', async () => {
  await open(pager);
  const id = await commit('prod');
  await become(id, 'failed', 'no');
  answers.push({ status: 500 });
  await work.react();
  await work.deliver();
  const [trigger] = taken;
  expect(trigger?.body['event_action']).toBe('trigger');

  const next = await commit('prod', 'b');
  await room.database.db('releases').where({ id: next }).update({ watched: true });
  expect(await tell()).toEqual([]);
  await become(next, 'healthy');
  expect(await tell()).toMatchObject([{ body: { event_action: 'resolve', dedup_key: trigger?.body['dedup_key'] } }]);
});

it('calls somebody for a crash after all was well', async () => {
  await open(pager);
  const id = await commit('prod');
  await become(id, 'healthy');
  await tell();
  await room.database.db('incidents').insert({
    id: 'inc_1',
    release_id: id,
    environment: 'prod',
    cluster: 'default',
    service: 'web',
    object: 'Deployment shop/web',
    code: 'pod.crash-loop',
    why: jsonb({ message: 'it crashes again and again' }),
    opened_at: clock.now(),
    last_at: clock.now(),
  });
  await happen(id, 'incident.opened');
  expect(await tell()).toMatchObject([
    {
      body: {
        event_action: 'trigger',
        payload: { summary: 'web in prod: Deployment shop/web: it crashes again and again' },
      },
    },
  ]);
  await room.database.db('incidents').update({ closed_at: clock.now() });
  await happen(id, 'incident.closed');
  expect(await tell()).toMatchObject([{ body: { event_action: 'resolve' } }]);
});

it('forgets what was meant for a receiver that is no more', async () => {
  await open({ ...webhook, events: ['release.committed'] }, grafana, pager);
  await become(await commit(), 'failed', 'no');
  await work.react();
  const before = work;
  await open({ ...webhook, name: 'other' });
  await work.settle();
  expect(taken).toEqual([]);
  expect(new Set(Object.values(await before.rows()).map(({ state }) => state))).toEqual(new Set(['gone']));
});
