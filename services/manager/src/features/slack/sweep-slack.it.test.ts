import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { sweepSlack } from './sweep-slack.ts';

let opened: TestDatabase;
beforeAll(async () => {
  opened = await testDatabase();
});
afterAll(() => opened.drop());

const at = (day: number): Date => new Date(Date.UTC(2026, 0, 1 + day));

test('messages and people are forgotten after 90 days, and not before', async () => {
  const { database } = opened;
  for (const day of [0, 50]) {
    const message = { channel: 'C0123ABCD', group_key: `request/req_${day}`, service: 'web', created_at: at(day) };
    await database.db('slack_messages').insert(message);
    await database.db('slack_people').insert({ email: `of-${day}@example.com`, slack_id: 'U1', checked_at: at(day) });
  }
  await sweepSlack({ database, now: () => at(100) });
  expect(await database.db('slack_messages').pluck('group_key')).toEqual(['request/req_50']);
  expect(await database.db('slack_people').pluck('email')).toEqual(['of-50@example.com']);
});
