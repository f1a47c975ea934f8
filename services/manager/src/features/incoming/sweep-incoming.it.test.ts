import type { Database } from '@release-manager/postgres';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openIncomingRoom, pack, type IncomingRoom } from '../../testing/incoming-room.ts';
import { checkIncoming } from './check-incoming.ts';
import { ProblemStore } from './problem-store.ts';
import { sweepIncoming } from './sweep-incoming.ts';

let test: TestDatabase;
let database: Database;
let room: IncomingRoom;

beforeAll(async () => {
  test = await testDatabase();
  ({ database } = test);
  room = await openIncomingRoom(database);
});
afterAll(async () => {
  await room.close();
  await test.drop();
});

describe('the sweep', () => {
  const sweep = (minAgeMs: number) => sweepIncoming({ ...room.deps, minAgeMs });

  it('finds what no message told of, leaves what is young to the messages, and names what says nothing', async () => {
    await room.work();
    const packed = await pack({ service: 'swept' });
    await room.store.write(`incoming/swept/${packed.spec.id}.zip`, packed.zip);
    await room.store.write('incoming/swept/README.md', Buffer.from('hello'));
    expect(await sweep(60_000)).toEqual({ found: 0, strange: 0 });
    expect(await sweep(-1_000)).toEqual({ found: 1, strange: 1 });
    await expect.poll(async () => (await room.find(packed.spec.id))?.state, { timeout: 10_000 }).toBe('ready');
    await expect.poll(() => room.keys('incoming/')).toEqual(['incoming/swept/README.md']);
    expect(await sweep(-1_000)).toEqual({ found: 0, strange: 1 });
    expect(await room.problems('incoming/swept/README.md')).toMatchObject([{ code: 'incoming.key', times: 2 }]);
  });

  it('records no more than a hundred names that say nothing', async () => {
    for (let index = 0; index < 105; index += 1)
      await room.store.write(`incoming/spam/${String(index).padStart(3, '0')}.txt`, Buffer.from('x'));
    expect((await sweep(-1_000)).strange).toBe(106);
    const [found] = await database.db('incoming_problems').count<{ count: number | string }[]>('* as count');
    expect(Number(found?.count)).toBe(101);
  });

  it('forgets problems of which nothing was seen for 30 days', async () => {
    await database.db('incoming_problems').update({ last_seen_at: new Date(Date.now() - 31 * 86_400_000) });
    await sweep(60_000);
    expect(await database.db('incoming_problems').pluck('subject')).toEqual([]);
  });
});

describe('problems', () => {
  it('are kept as text that can be stored and shown, however they come', async () => {
    const subject = `a\0b\u202Ec\uD800${'x'.repeat(1_000)}`;
    await new ProblemStore(database.db).record(
      { code: 'incoming.not-json', subject, message: 'It is no JSON.' },
      new Date(),
    );
    const [stored] = await new ProblemStore(database.db).list(1);
    expect(stored?.subject).toMatch(/^a\\u\{0\}b\\u\{202e\}c\uFFFDx{200,}$/);
    expect(stored?.subject.length).toBeLessThanOrEqual(300);
  });

  it('W4 stay few, whoever makes them, also at once', async () => {
    const store = new ProblemStore(database.db);
    const record = (index: number) =>
      store.record({ code: 'incoming.key', subject: `flood ${index}`, message: 'It says nothing.' }, new Date());
    for (let start = 0; start < 1_200; start += 100)
      await Promise.all(Array.from({ length: 100 }, (_, index) => record(start + index)));
    await record(1_199);
    const [found] = await database.db('incoming_problems').count<{ count: number | string }[]>('* as count');
    expect(Number(found?.count)).toBe(1_000);
    expect(await store.list(1)).toMatchObject([{ subject: expect.stringContaining('flood') as string }]);
  });

  it('are what doctor says of the week, and nothing where there are none', async () => {
    const now = () => new Date();
    const queue = { description: 'https://sqs.test/1/events', waiting: () => Promise.resolve(3) };
    const messages = { ...queue, receive: () => Promise.resolve([]), remove: () => Promise.resolve() };
    expect(await checkIncoming({ database, messages, now })).toMatchObject([
      { name: 'incoming queue', status: 'ok', message: 'https://sqs.test/1/events, 3 messages wait' },
      { name: 'incoming', status: 'warning', message: expect.stringContaining('1000 could not be taken in') as string },
    ]);
    await database.db('incoming_problems').delete();
    expect(await checkIncoming({ database, now })).toEqual([]);
    const away = { ...messages, waiting: () => Promise.reject(new Error('no connection')) };
    expect(await checkIncoming({ database, messages: away, now })).toMatchObject([
      { status: 'failed', message: 'no connection' },
    ]);
  });
});
