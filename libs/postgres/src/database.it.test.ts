import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';

import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { jsonb, openDatabase, type Database } from './database.ts';
import { startEmbeddedPostgres } from './embedded/embedded-postgres.ts';

let test: TestDatabase;
const opened: Database[] = [];
const heardErrors: unknown[] = [];

beforeAll(async () => {
  test = await testDatabase({ onError: (error) => void heardErrors.push(error) });
  await test.database.db.raw('create table notes (text text primary key)');
});
afterEach(async () => {
  for (const database of opened.splice(0)) await database.close();
  await test.database.db('notes').delete();
});
afterAll(() => test.drop());

const open = (url: string, poolSize = 1): Database => {
  const database = openDatabase({ url, applicationName: 'test', poolSize });
  opened.push(database);
  return database;
};

/** Ends every connection to the test's database that waits for a notification or holds a lock. */
async function killDedicated(): Promise<void> {
  await test.database.db.raw(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()`);
}

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

describe('transaction', () => {
  it('commits what resolves and rolls back what rejects, with the same error', async () => {
    const { database } = test;
    const answer = await database.transaction(async (tx) => {
      await tx('notes').insert({ text: 'kept' });
      return 7;
    });
    const reason = new Error('changed my mind');
    const refused = database.transaction(async (tx) => {
      await tx('notes').insert({ text: 'dropped' });
      throw reason;
    });
    await expect(refused).rejects.toBe(reason);
    expect([answer, await database.db('notes').pluck('text')]).toEqual([7, ['kept']]);
  });

  it('keeps values out of the message of a failing query', async () => {
    const { db } = test.database;
    await db('notes').insert({ text: 'a secret' });
    await expect(db('notes').insert({ text: 'a secret' })).rejects.toMatchObject({
      code: '23505',
      message: expect.not.stringContaining('a secret') as string,
    });
  });
});

describe('a database that is away', () => {
  it('is unavailable, says where, and never the password', async () => {
    const url = new URL(test.url);
    url.port = '1';
    const database = open(url.href);
    const attempts = [
      database.ping(),
      database.transaction((tx) => tx('notes').select()),
      database.tryLock('anything'),
    ];
    for (const outcome of await Promise.allSettled(attempts)) {
      expect(outcome).toMatchObject({ reason: { kind: 'unavailable', code: 'database.unavailable' } });
      expect(inspect(outcome, { depth: 10 })).not.toContain(url.password);
      expect(inspect(outcome)).toContain('127.0.0.1:1');
    }
  });

  it('refuses a wrong password as such', async () => {
    const url = new URL(test.url);
    url.password = 'wrong-password';
    await expect(open(url.href).ping()).rejects.toMatchObject({
      code: 'database.refused',
      message: expect.not.stringContaining('wrong-password') as string,
    });
  });

  it('may go in the middle of a transaction, and the pool recovers', async () => {
    const { database } = test;
    const broken = database.transaction(async (tx) => {
      await tx.raw('select pg_terminate_backend(pg_backend_pid())');
      await tx('notes').select();
    });
    await expect(broken).rejects.toMatchObject({ code: 'database.unavailable' });
    await database.ping();
  });

  it('is full when no connection is free in time', { timeout: 40_000 }, async () => {
    const database = open(test.url);
    const release = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const holder = database.transaction(async () => {
      started.resolve();
      await release.promise;
    });
    await started.promise;
    await expect(database.ping()).rejects.toMatchObject({ code: 'database.unavailable' });
    release.resolve();
    await holder;
  });
});

describe('listen', () => {
  it('hears each notification, and calls after each connection', async () => {
    const { database } = test;
    const heard: (string | undefined)[] = [];
    const listener = await database.listen('Odd "channel"', (payload) => void heard.push(payload));
    expect(heard).toEqual([undefined]);
    await database.db.raw(`select pg_notify('Odd "channel"', 'one')`);
    await vi.waitFor(() => expect(heard).toEqual([undefined, 'one']));

    await killDedicated();
    await vi.waitFor(() => expect(heard).toEqual([undefined, 'one', undefined]), { timeout: 10_000 });
    await database.db.raw(`select pg_notify('Odd "channel"', 'two')`);
    await vi.waitFor(() => expect(heard).toEqual([undefined, 'one', undefined, 'two']));
    await listener.close();
    await database.db.raw(`select pg_notify('Odd "channel"', 'three')`);
    await database.ping();
    expect(heard).toHaveLength(4);
  });

  it('waits for a database that is not there yet, and survives a listener that throws', async () => {
    const errors: unknown[] = [];
    const url = new URL(test.url);
    url.port = '1';
    const database = openDatabase({
      url: url.href,
      applicationName: 'test',
      poolSize: 1,
      onError: (error) => void errors.push(error),
    });
    opened.push(database);
    const listener = await database.listen('nothing', () => undefined);
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(1), { timeout: 5_000 });
    await listener.close();

    heardErrors.splice(0);
    const thrower = await test.database.listen('thrower', () => {
      throw new Error('not my day');
    });
    expect(heardErrors).toMatchObject([{ message: 'not my day' }]);
    await thrower.close();
  });
});

describe('tryLock', () => {
  it('is held by one at a time, over all connections', async () => {
    const other = open(test.url);
    const held = await test.database.tryLock('writer');
    expect(held?.lost.aborted).toBe(false);
    expect(await other.tryLock('writer')).toBeUndefined();
    const another = await other.tryLock('another');
    expect(another).toBeDefined();
    await held?.release();
    const next = await vi.waitFor(async () => {
      const lock = await other.tryLock('writer');
      expect(lock).toBeDefined();
      return lock;
    });
    await next?.release();
    await another?.release();
  });

  it('says when it is lost with its connection', async () => {
    const held = await test.database.tryLock('writer');
    await killDedicated();
    await vi.waitFor(() => expect(held?.lost.aborted).toBe(true));
    const next = await test.database.tryLock('writer');
    expect(next).toBeDefined();
    await next?.release();
    await held?.release();
  });
});

describe('a server that is stopped', () => {
  it('takes locks and listeners with it, without an unhandled error', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'stopped-postgres-'));
    const server = await startEmbeddedPostgres({ dataDir: folder, fast: true });
    const database = open(server.url);
    const held = await database.tryLock('writer');
    const listener = await database.listen('channel', () => undefined);
    await database.ping();
    await server.stop();
    await vi.waitFor(() => expect(held?.lost.aborted).toBe(true));
    await expect(database.ping()).rejects.toMatchObject({ code: 'database.unavailable' });
    await listener.close();
    await rm(folder, { recursive: true, force: true });
  });
});
