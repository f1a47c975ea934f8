import { AppError } from '@release-manager/domain';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { openDeliveryRoom, type DeliveryRoom } from '../../testing/delivery-room.ts';
import { openWholeApi, subjects, type WholeApi } from '../../testing/whole-api.ts';
import { checkDeliveries } from './check-deliveries.ts';
import type { DeliveryKind } from './delivery.ts';
import { sweepDeliveries } from './sweep-deliveries.ts';
import { wantDelivery } from './want-delivery.ts';

const refusing: DeliveryKind = {
  kind: 'slack.release',
  end: 'slack',
  async deliver({ key }, { spend }) {
    await spend('C1');
    if (key === 'refused') throw new AppError('invalid', 'slack.channel', 'There is no channel C1.');
    return { outcome: 'sent', external: { ts: '1' } };
  },
};
const message = (key: string) =>
  ({
    kind: 'slack.release',
    key,
    subject: { text: 'a' },
    urgency: 'final',
    service: 'web',
    environment: 'dev',
  }) as const;

let room: DeliveryRoom;
beforeEach(async () => {
  room = await openDeliveryRoom({ kinds: [refusing], reactions: [] });
});
afterEach(() => room.close());

const doctor = () => checkDeliveries({ database: room.database, now: room.clock.now });

it('doctor is content while everything arrives, and names what was refused', async () => {
  await room.want(message('a'));
  await room.settle();
  expect(await doctor()).toEqual([{ name: 'deliveries', status: 'ok', message: 'everything has arrived' }]);
  await room.want(message('refused'));
  await room.settle();
  expect(await doctor()).toMatchObject([
    {
      status: 'warning',
      message: '1 were refused, the last of them slack.release of web in dev: There is no channel C1.',
    },
  ]);
});

it('doctor names what waits too long, and not what is meant to wait', async () => {
  await room.want({ ...message('later'), notBefore: new Date(room.clock.now().getTime() + 86_400_000) });
  await room.want(message('stuck'));
  await room.database.db('delivery_pauses').insert({
    end_name: 'slack',
    until: new Date(room.clock.now().getTime() + 4 * 3_600_000),
    reason: 'it has enough',
  });
  room.clock.pass(2 * 3_600);
  expect(await doctor()).toHaveLength(1);
  expect((await doctor())[0]?.status).toBe('ok');
  room.clock.pass(60);
  expect(await doctor()).toMatchObject([{ message: expect.stringContaining('it has enough') as string }]);
});

it('forgets what nobody touched for 90 days, and writes that no limit counts', async () => {
  await room.want(message('old'));
  await room.settle();
  room.clock.pass(89 * 86_400);
  await room.want(message('young'));
  await room.settle();
  room.clock.pass(86_401);
  await sweepDeliveries({ database: room.database, now: room.clock.now });
  expect(Object.keys(await room.rows())).toEqual(['young']);
  expect(await room.database.db('delivery_writes')).toEqual([]);
});

let api: WholeApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

const ask = async (who: string, method: string, path: string): Promise<{ status: number; body: unknown }> => {
  const response = await fetch(`${api?.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${api?.tokens[who]}`, 'content-type': 'application/json' },
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  return { status: response.status, body: await response.json() };
};

it('the API lists what was told, page by page, and retries it for whoever may release there', async () => {
  api = await openWholeApi();
  const { db } = api.database;
  for (const key of ['a', 'b', 'c'])
    await wantDelivery(db, { ...message(key), releaseId: subjects.release }, room.clock.now());
  await wantDelivery(db, { ...message('d'), service: undefined, environment: undefined }, room.clock.now());
  const all = await ask('ada', 'GET', '/v1/deliveries?service=web&environment=dev&end=slack&state=pending&limit=2');
  const { items, nextCursor } = all.body as { items: { id: string; key: string }[]; nextCursor: string };
  expect([all.status, items.length]).toEqual([200, 2]);
  const rest = await ask('ada', 'GET', `/v1/deliveries?service=web&state=pending&limit=2&cursor=${nextCursor}`);
  const last = (rest.body as { items: { key: string }[] }).items;
  expect([...items, ...last].map(({ key }) => key).toSorted()).toEqual(['a', 'b', 'c']);
  expect((await ask('ada', 'GET', "/v1/deliveries?cursor=dlv_'")).status).toBe(400);

  await db('deliveries')
    .where({ key: 'b' })
    .update({
      state: 'failed',
      sent_hash: 'h',
      last_error: { code: 'slack.channel', message: 'There is no channel.' },
    });
  const failed = await ask('ada', 'GET', `/v1/deliveries?state=failed&release=${subjects.release}`);
  const [view] = (failed.body as { items: { id: string }[] }).items;
  expect(view).toMatchObject({ key: 'b', state: 'failed', error: { message: 'There is no channel.' } });

  const path = `/v1/deliveries/${view?.id}/retry`;
  expect((await ask('ci', 'POST', path)).status).toBe(403);
  expect(await ask('ada', 'POST', path)).toMatchObject({ status: 200, body: { delivery: { state: 'pending' } } });
  expect(await db('deliveries').where({ key: 'b' }).first()).toMatchObject({ sent_hash: null, wanted: 2 });
  expect(await db('ledger').where({ kind: 'delivery.retried' })).toMatchObject([
    { service: 'web', environment: 'dev' },
  ]);

  const nowhere = (await db<{ id: string; key: string }>('deliveries').where({ key: 'd' }).first('id'))?.id;
  expect((await ask('ada', 'POST', `/v1/deliveries/${nowhere}/retry`)).status).toBe(403);
  expect((await ask('admins', 'POST', `/v1/deliveries/${nowhere}/retry`)).status).toBe(200);
  expect((await ask('ada', 'POST', `/v1/deliveries/dlv_${'9'.repeat(26)}/retry`)).status).toBe(404);
});
