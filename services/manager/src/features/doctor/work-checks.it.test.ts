import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { checkPushAttempts } from './work-checks.ts';

let opened: TestDatabase;
beforeAll(async () => {
  opened = await testDatabase();
});
afterAll(() => opened.drop());

const now = new Date('2026-03-04T12:00:00Z');
const minutesAgo = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);

test('a remote that never answers a push fails the check, though each try takes over the one before', async () => {
  const { db } = opened.database;
  const check = () => checkPushAttempts(opened.database, now);
  const attempt = (id: string, state: string, minutes: number) =>
    db('push_attempts').insert({
      id,
      base: 'b'.repeat(40),
      tip: id.repeat(40),
      state,
      created_at: minutesAgo(minutes),
    });

  await attempt('1', 'recorded', 1);
  expect((await check()).status).toBe('ok');
  await db('push_attempts')
    .where({ id: '1' })
    .update({ state: 'lost', created_at: minutesAgo(20) });
  await attempt('2', 'recorded', 1);
  expect(await check()).toMatchObject({ status: 'warning', message: expect.stringContaining('2222222222') as string });
  await db('push_attempts').where({ id: '2' }).update({ state: 'lost' });
  await attempt('3', 'recorded', 0);
  expect(await check()).toMatchObject({
    status: 'failed',
    message: expect.stringContaining('open since 2026-03-04T11:40:00.000Z, after 3 pushes') as string,
  });
  await db('push_attempts').where({ id: '3' }).update({ state: 'landed' });
  expect((await check()).status).toBe('ok');
});
