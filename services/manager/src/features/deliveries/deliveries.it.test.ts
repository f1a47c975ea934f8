import { AppError } from '@release-manager/domain';
import { afterEach, expect, it } from 'vitest';

import { openDeliveryRoom, workDeliveries, type DeliveryRoom } from '../../testing/delivery-room.ts';
import { appendLedger } from '../ledger/index.ts';
import type { Delivered, Delivery, DeliveryContext, DeliveryKind, LedgerReaction, WantedDelivery } from './delivery.ts';
import { wantDelivery } from './want-delivery.ts';

let room: DeliveryRoom;
afterEach(() => room.close());

type Deliver = (delivery: Delivery, context: DeliveryContext) => Promise<Delivered>;

/** A kind that writes down what it was asked for, and does what the test says. */
function scripted(steps: Deliver[] = [], kind = 'slack.release'): { kind: DeliveryKind; seen: Delivery[] } {
  const seen: Delivery[] = [];
  const deliver: Deliver = async (delivery, context) => {
    seen.push(delivery);
    const step = steps.shift() ?? write;
    return step(delivery, context);
  };
  return { kind: { kind, end: kind.startsWith('slack') ? 'slack' : 'github', deliver }, seen };
}

const write: Deliver = async ({ subject }, { spend }) => {
  await spend();
  return { outcome: 'sent', external: { ts: '1' }, hash: subject['text'] ?? 'h' };
};
const unavailable: Deliver = async (_, { spend }) => {
  await spend();
  throw new AppError('unavailable', 'slack.unavailable', 'Slack does not answer.');
};
const message = (text = 'a', more: Partial<WantedDelivery> = {}): WantedDelivery => ({
  kind: 'slack.release',
  key: 'rel_1',
  subject: { text },
  urgency: 'normal',
  service: 'web',
  environment: 'dev',
  ...more,
});

it('makes one delivery of what was wanted twice, as it is when it goes, and knows the thing outside afterwards', async () => {
  const { kind, seen } = scripted();
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  await room.want(message('a', { urgency: 'intermediate' }));
  await room.want(message('b', { urgency: 'final' }));
  await room.want(message('c', { urgency: 'normal' }));
  expect((await room.rows())['rel_1']).toMatchObject({ state: 'pending', urgency: 0, wanted: 3 });
  expect(await room.deliver()).toBe(1);
  expect(seen).toMatchObject([{ subject: { text: 'c' }, external: undefined, inDoubt: false }]);
  expect((await room.rows())['rel_1']).toMatchObject({ state: 'delivered', sent: 3, sent_hash: 'c', attempts: 0 });

  await room.want(message('d'));
  await room.deliver();
  expect(seen[1]).toMatchObject({ external: { ts: '1' }, sentHash: 'c' });
});

it('stays with the release that it is about when somebody wants it who does not say which', async () => {
  room = await openDeliveryRoom({ kinds: [scripted().kind], reactions: [] });
  await room.want(message('a', { releaseId: 'rel_1' }));
  await room.want({ kind: 'slack.release', key: 'rel_1', subject: { text: 'b' }, urgency: 'intermediate' });
  expect((await room.rows())['rel_1']).toMatchObject({ service: 'web', environment: 'dev', release_id: 'rel_1' });
});

it('delivers again what was wanted while it was being delivered', async () => {
  const { kind, seen } = scripted([
    async (delivery, context) => {
      await room.want(message('b'));
      return write(delivery, context);
    },
  ]);
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  await room.want(message('a'));
  expect(await room.deliver()).toBe(2);
  expect(seen.map(({ subject }) => subject['text'])).toEqual(['a', 'b']);
  expect((await room.rows())['rel_1']).toMatchObject({ state: 'delivered', wanted: 2, sent: 2 });
});

it('waits until what is wanted later may go, and goes at once when it is wanted at once meanwhile', async () => {
  const { kind, seen } = scripted();
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  const later = (seconds: number): Date => new Date(room.clock.now().getTime() + seconds * 1000);
  await room.want(message('a', { notBefore: later(60) }));
  await room.want(message('b', { notBefore: later(30) }));
  await room.deliver();
  expect(seen).toHaveLength(0);
  room.clock.pass(30);
  expect(await room.deliver()).toBe(1);
  await room.want(message('c', { notBefore: later(60) }));
  await room.want(message('d'));
  expect(await room.deliver()).toBe(1);
});

it('says what is gone, and makes it anew when it is wanted again', async () => {
  const { kind, seen } = scripted([write, () => Promise.resolve({ outcome: 'gone' })]);
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  await room.want(message());
  await room.deliver();
  await room.want(message());
  await room.deliver();
  expect((await room.rows())['rel_1']).toMatchObject({ state: 'gone', external: null, sent_hash: null });
  await room.want(message());
  await room.deliver();
  expect(seen[2]).toMatchObject({ external: undefined, sentHash: undefined });
});

it('keeps what it knows of the thing outside when nothing had to change', async () => {
  const { kind } = scripted([write, () => Promise.resolve({ outcome: 'unchanged' })]);
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  await room.want(message());
  await room.deliver();
  await room.want(message());
  await room.deliver();
  expect((await room.rows())['rel_1']).toMatchObject({ state: 'delivered', external: { ts: '1' }, sent_hash: 'a' });
});

it('tries again what found nobody, in doubt whether it was written, less and less often', async () => {
  const { kind, seen } = scripted([unavailable, unavailable, unavailable]);
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  await room.want(message());
  const start = room.clock.now().getTime();
  await room.settle();
  expect(seen.map(({ inDoubt }) => inDoubt)).toEqual([false, true, true, true]);
  // 5, 10 and 20 s, each less a quarter by the random number of the room.
  expect((room.clock.now().getTime() - start) / 1000).toBeCloseTo(3.75 + 7.5 + 15, 0);
  expect((await room.rows())['rel_1']).toMatchObject({ state: 'delivered', in_doubt: false, last_error: null });
});

it('does not take what is in doubt for what was sent before it', async () => {
  const { kind, seen } = scripted([write, unavailable]);
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  await room.want(message('a'));
  await room.deliver();
  await room.want(message('b'));
  await room.deliver();
  // Outside it may say b by now: that it said a proves nothing.
  await room.want(message('a'));
  await room.settle();
  expect(seen.map(({ sentHash, inDoubt }) => [sentHash, inDoubt])).toEqual([
    [undefined, false],
    ['a', false],
    [undefined, true],
  ]);
  expect((await room.rows())['rel_1']).toMatchObject({ sent_hash: 'a', in_doubt: false });
});

it('an outage is no reason to try more often: what is wanted meanwhile waits with the rest', async () => {
  const { kind, seen } = scripted([unavailable]);
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  await room.want(message('a'));
  await room.deliver();
  await room.want(message('b'));
  expect(await room.deliver()).toBe(0);
  await room.settle();
  expect(seen.at(-1)?.subject).toEqual({ text: 'b' });
});

it('ends what was refused as failed, in its words, until it is wanted again', async () => {
  const refuse: Deliver = async (_, { spend }) => {
    await spend('C1');
    throw new AppError('invalid', 'slack.channel', 'There is no such channel.', { next: 'invite the bot' });
  };
  const { kind, seen } = scripted([refuse]);
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  await room.want(message());
  await room.settle();
  expect(seen).toHaveLength(1);
  expect((await room.rows())['rel_1']).toMatchObject({
    state: 'failed',
    in_doubt: false,
    lane: 'C1',
    last_error: { code: 'slack.channel', message: 'There is no such channel.', next: 'invite the bot' },
  });
  await room.want(message());
  await room.settle();
  expect((await room.rows())['rel_1']).toMatchObject({ state: 'delivered', last_error: null });
});

it('lets the whole end rest for as long as it asks for, and no other end, also after a restart', async () => {
  const limited: Deliver = async (_, { spend }) => {
    await spend();
    throw new AppError('limited', 'slack.rate', 'Slack asks us to wait.', { details: { retryAfterSeconds: 40 } });
  };
  const slack = scripted([limited]);
  const github = scripted([], 'github.deployment');
  room = await openDeliveryRoom({ kinds: [slack.kind, github.kind], reactions: [] });
  await room.want(message());
  await room.deliver();
  await room.want(message('b', { key: 'rel_2' }));
  await room.want(message('c', { kind: 'github.deployment', key: 'rel_2' }));
  await room.restart();
  room.clock.pass(39);
  await room.deliver();
  expect([slack.seen.length, github.seen.length]).toEqual([1, 1]);
  room.clock.pass(1);
  expect(await room.deliver()).toBe(2);
  // It was refused: nothing to look for.
  expect(slack.seen.map(({ inDoubt }) => inDoubt)).toEqual([false, false, false]);
});

it('lets one receiver that is away rest, and no other, where each lane is a receiver of its own', async () => {
  const tried: string[] = [];
  const kind: DeliveryKind = {
    kind: 'webhook.event',
    end: 'webhook',
    async deliver({ subject }, { spend }) {
      const lane = subject['to'] ?? '';
      await spend(lane);
      tried.push(lane);
      if (lane === 'dead') throw new AppError('unavailable', 'webhook.away', 'It does not answer.');
      if (lane === 'busy') throw new AppError('limited', 'webhook.busy', 'It asks us to wait.');
      return { outcome: 'sent' };
    },
  };
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  for (const to of ['dead', 'busy', 'good'])
    for (let index = 0; index < 20; index += 1)
      await room.want({ kind: 'webhook.event', key: `${to} ${index}`, subject: { to }, urgency: 'final', lane: to });
  await room.deliver();
  expect(tried.filter((lane) => lane === 'good')).toHaveLength(20);
  // Two that failed are not enough to call it away, and three are tried at the same time.
  expect(tried.filter((lane) => lane === 'dead').length).toBeLessThanOrEqual(5);
  expect(tried.filter((lane) => lane === 'busy').length).toBeLessThanOrEqual(3);
});

it('sends nothing twice when the process dies between writing and recording', async () => {
  const outside = new Set<string>();
  let posts = 0;
  const posted = Promise.withResolvers<undefined>();
  const died = Promise.withResolvers<never>();
  const post: Deliver = async ({ key, inDoubt }, { spend }) => {
    if (inDoubt && outside.has(key)) return { outcome: 'sent', external: { found: 'yes' } };
    await spend();
    outside.add(key);
    posts += 1;
    posted.resolve(undefined);
    // Whoever was about to record it is no more.
    return posts === 1 ? died.promise : { outcome: 'sent' };
  };
  const { kind, seen } = scripted([post, post]);
  room = await openDeliveryRoom({ kinds: [kind], reactions: [] });
  await room.want(message());
  const lost = room.deliver();
  await posted.promise;
  await room.restart();
  expect(await room.deliver()).toBe(0);
  room.clock.pass(5);
  expect(await room.deliver()).toBe(1);
  expect(posts).toBe(1);
  expect(seen.map(({ inDoubt }) => inDoubt)).toEqual([false, true]);
  const rows = await room.rows();
  expect(rows['rel_1']).toMatchObject({ state: 'delivered', external: { found: 'yes' } });
  // Should the dead one speak after all, its word counts no more.
  died.reject(new AppError('invalid', 'late', 'it is late'));
  await lost;
  expect(await room.rows()).toEqual(rows);
});

const reaction = (react: (text: string) => void): LedgerReaction => ({
  name: 'test',
  async react(_, entries) {
    for (const { cause } of entries) react(cause);
    await Promise.resolve();
  },
});
const happen = (cause: string): Promise<void> =>
  appendLedger(room.database.db, { kind: 'test.written', actor: { kind: 'manager' }, cause, at: room.clock.now() });

it('hands every entry of the record over once and in order, beginning with what comes next', async () => {
  const seen: string[] = [];
  room = await openDeliveryRoom({ kinds: [], reactions: [reaction((cause) => seen.push(cause))] });
  for (let index = 0; index < 450; index += 1) await happen(`${index}`);
  await room.react();
  await room.react();
  expect(seen).toEqual(Array.from({ length: 450 }, (_, index) => `${index}`));
});

it('leaves out what happened long ago while nobody listened, and nothing that is news', async () => {
  const seen: string[] = [];
  const listener = reaction((cause) => seen.push(cause));
  room = await openDeliveryRoom({ kinds: [], reactions: [listener] });
  for (const cause of ['old', 'older than a week']) await happen(cause);
  room.clock.pass(4 * 86_400);
  await happen('news');
  room.clock.pass(4 * 86_400);
  const again = await workDeliveries(room.database, { kinds: [], reactions: [listener] }, room.clock);
  await again.react();
  expect(seen).toEqual(['news']);
});

it('wants what an entry wants in the transaction that moves the position: who fails in between wants nothing', async () => {
  let failures = 1;
  const wants: LedgerReaction = {
    name: 'wants',
    async react(tx, entries) {
      for (const { cause } of entries) await wantDelivery(tx, message(cause, { key: cause }), room.clock.now());
      failures -= 1;
      if (failures === 0) throw new AppError('unavailable', 'away', 'it is away');
    },
  };
  room = await openDeliveryRoom({ kinds: [], reactions: [wants] });
  await happen('a');
  await expect(room.react()).rejects.toThrow('it is away');
  expect(await room.rows()).toEqual({});
  await room.react();
  expect((await room.rows())['a']).toMatchObject({ wanted: 1 });
});

it('goes past an entry that cannot be understood, keeps it for doctor, and loses none of the others', async () => {
  const seen = new Set<string>();
  const picky = reaction((cause) => {
    if (cause === 'poison') throw new Error('not understood');
    seen.add(cause);
  });
  room = await openDeliveryRoom({ kinds: [], reactions: [picky] });
  for (const cause of ['a', 'poison', 'b']) await happen(cause);
  let failures = 0;
  for (; failures < 20 && !seen.has('b'); failures += 1) await room.react().catch(() => undefined);
  expect([...seen]).toEqual(['a', 'b']);
  const [row] = await room.database.db<{ skipped: number; last_skipped: object }>('ledger_positions');
  expect(row).toMatchObject({ skipped: 1, last_skipped: { kind: 'test.written', error: 'not understood' } });
});

it('never goes past an entry because something is away', async () => {
  let away = true;
  const seen: string[] = [];
  const one = reaction((cause) => {
    if (away) throw new AppError('unavailable', 'away', 'it is away');
    seen.push(cause);
  });
  room = await openDeliveryRoom({ kinds: [], reactions: [one] });
  await happen('a');
  for (let round = 0; round < 12; round += 1) await expect(room.react()).rejects.toThrow('it is away');
  away = false;
  await room.react();
  expect(seen).toEqual(['a']);
});
