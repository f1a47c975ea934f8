import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { jsonb } from './database.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.drop());

describe('values', () => {
  it('reads int8 as number, timestamptz as Date, jsonb parsed', async () => {
    const { db } = test.database;
    const row: unknown = await db.first(
      db.raw(`(2::int8 ^ 53)::int8 - 1 as n, '2026-01-02T03:04:05Z'::timestamptz as t, ?::jsonb as j`, [
        jsonb([1, 'a']),
      ]),
    );
    expect(row).toEqual({ n: Number.MAX_SAFE_INTEGER, t: new Date('2026-01-02T03:04:05Z'), j: [1, 'a'] });
  });
});
