import type { Database, Db } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { appendLedger } from './append-ledger.ts';
import { createLedgerFeed, type LedgerFeed } from './ledger-feed.ts';
import type { LedgerPosition } from './ledger-position.ts';
import { toLedgerEntry, type LedgerFilter, type LedgerRow } from './ledger-row.ts';
import { createLedgerStore, type LedgerStore } from './ledger-store.ts';

let test: TestDatabase;
let database: Database;
let store: LedgerStore;
let feed: LedgerFeed;
let hangUp: AbortController;

beforeAll(async () => {
  test = await testDatabase();
  ({ database } = test);
  store = createLedgerStore(database.db);
});
afterAll(() => test.drop());

beforeEach(async () => {
  hangUp = new AbortController();
  feed = await createLedgerFeed({ database, store, logger: silentLogger, maxFollowers: 3 });
});
afterEach(async () => {
  hangUp.abort();
  await feed.close();
});

function write(tx: Db, cause: string, service = 'web'): Promise<void> {
  return appendLedger(tx, { kind: 'test.written', actor: { kind: 'manager' }, service, cause, at: new Date() });
}

/** A transaction that is begun and written in now and committed when the test says so. */
async function openTransaction(cause: string): Promise<{ commit(): Promise<void>; rollback(): Promise<void> }> {
  const tx = await database.db.transaction();
  await write(tx, cause);
  return {
    commit: async () => {
      await tx.commit();
    },
    rollback: async () => {
      await tx.rollback();
    },
  };
}

interface Reader {
  next(count: number): Promise<string[]>;
  readonly last: LedgerRow | undefined;
}

async function follow(options: { filter?: LedgerFilter; after?: LedgerPosition } = {}): Promise<Reader> {
  const rows = await feed.follow({ filter: options.filter ?? {}, after: options.after, signal: hangUp.signal });
  const iterator: AsyncIterator<LedgerRow, unknown> = rows[Symbol.asyncIterator]();
  let last: LedgerRow | undefined;
  return {
    next: async (count) => {
      const causes: string[] = [];
      while (causes.length < count) {
        const result = await iterator.next();
        if (result.done === true) return [...causes, 'ended'];
        last = result.value;
        causes.push(last.cause);
      }
      return causes;
    },
    get last() {
      return last;
    },
  };
}

const positionOf = (row: LedgerRow | undefined): LedgerPosition => ({ tx: row?.tx ?? '0', id: String(row?.id ?? 0) });

describe('following the ledger', () => {
  it('gives what comes next, not what was', async () => {
    await write(database.db, 'before');
    const reader = await follow();
    await write(database.db, 'after');
    expect(await reader.next(1)).toEqual(['after']);
  });

  it('misses and doubles nothing when transactions commit in another order than they wrote', async () => {
    const reader = await follow();
    const early = await openTransaction('early, committed late');
    await write(database.db, 'late, committed early');
    const middle = await openTransaction('middle');
    await middle.commit();
    await early.commit();
    await write(database.db, 'end');
    expect(await reader.next(4)).toEqual(['early, committed late', 'late, committed early', 'middle', 'end']);
  });

  it('goes on soon when the older transaction was rolled back, of which nobody notifies', async () => {
    const reader = await follow();
    let longest = 0;
    for (let round = 0; round < 20; round += 1) {
      const start = performance.now();
      const early = await openTransaction('never');
      await write(database.db, `kept ${round}`);
      await early.rollback();
      expect(await reader.next(1)).toEqual([`kept ${round}`]);
      longest = Math.max(longest, performance.now() - start);
    }
    // Below the backstop: nothing waited for that.
    expect(longest).toBeLessThan(4_500);
  });

  it('continues behind any entry, over the moment in which the past becomes the present', async () => {
    const first = await follow();
    await write(database.db, 'n0');
    expect(await first.next(1)).toEqual(['n0']);
    for (let index = 1; index < 1_200; index += 109) {
      await database.transaction(async (tx) => {
        for (let step = 0; step < 109; step += 1) await write(tx, `n${index + step}`);
      });
    }
    const second = await follow({ after: positionOf(first.last) });
    const written = Promise.all(Array.from({ length: 50 }, (_, index) => write(database.db, `m${index}`)));
    const seen = await second.next(1_249);
    await written;
    expect(seen.slice(0, 1_199)).toEqual(Array.from({ length: 1_199 }, (_, index) => `n${index + 1}`));
    expect(new Set(seen.slice(1_199))).toEqual(new Set(Array.from({ length: 50 }, (_, index) => `m${index}`)));
  });

  it('shows soon what was committed before somebody came and still waits for an older transaction', async () => {
    const early = await openTransaction('early');
    await write(database.db, 'committed before');
    const reader = await follow();
    await early.commit();
    expect(await reader.next(2)).toEqual(['early', 'committed before']);
  });

  it('begins with what comes next behind a position of another database', async () => {
    const reader = await follow({ after: { tx: '9000000000', id: '1' } });
    await write(database.db, 'next');
    expect(await reader.next(1)).toEqual(['next']);
  });

  it('shows many writers at once to many followers in one and the same order, each entry once', async () => {
    const readers = await Promise.all([follow(), follow(), follow()]);
    const writers = Array.from({ length: 6 }, async (_, writer) => {
      for (let index = 0; index < 25; index += 1) {
        await database.transaction(async (tx) => {
          await write(tx, `${writer}/${index}`);
          await tx.raw('select pg_sleep(random() * 0.005)');
          await write(tx, `${writer}/${index}b`);
        });
      }
    });
    await Promise.all(writers);
    const seen = await Promise.all(readers.map((reader) => reader.next(300)));
    expect(new Set(seen[0]).size).toBe(300);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  it('filters for each follower', async () => {
    const web = await follow({ filter: { service: 'web' } });
    const api = await follow({ filter: { service: 'api' } });
    await write(database.db, 'a', 'api');
    await write(database.db, 'w', 'web');
    expect(await web.next(1)).toEqual(['w']);
    expect(await api.next(1)).toEqual(['a']);
  });

  it('lets a follower go who does not keep up, and the others go on', async () => {
    const slow = await follow();
    const quick = await follow();
    for (let index = 0; index < 11; index += 1) {
      await database.transaction(async (tx) => {
        for (let step = 0; step < 100; step += 1) await write(tx, `x${index * 100 + step}`);
      });
      await quick.next(100);
    }
    expect(await slow.next(2_000)).toEqual(['ended']);
    await write(database.db, 'on');
    expect(await quick.next(1)).toEqual(['on']);
  });

  it('ends with the signal, and takes only so many at once', async () => {
    const first = await follow();
    await follow();
    await follow();
    await expect(follow()).rejects.toMatchObject({ kind: 'limited' });
    hangUp.abort();
    expect(await first.next(1)).toEqual(['ended']);
    hangUp = new AbortController();
    const again = await follow();
    await write(database.db, 'again');
    expect(await again.next(1)).toEqual(['again']);
  });
});

describe('pages of the ledger', () => {
  it('go back from the last entry without gap or repetition', async () => {
    await database.transaction(async (tx) => {
      for (let index = 0; index < 7; index += 1) await write(tx, `p${index}`, 'paged');
    });
    const causes: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.page({ service: 'paged' }, { limit: 3, cursor });
      causes.push(...page.rows.map(({ cause }) => cause));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(causes).toEqual(['p6', 'p5', 'p4', 'p3', 'p2', 'p1', 'p0']);
  });

  it('refuse a cursor that is none', async () => {
    await expect(store.page({}, { limit: 1, cursor: "1' or '1'='1" })).rejects.toMatchObject({ code: 'ledger.cursor' });
  });

  it('show an entry with everything that was written', async () => {
    const at = new Date('2026-03-01T10:00:00.000Z');
    await appendLedger(database.db, {
      kind: 'release.queued',
      actor: { kind: 'person', person: { id: 'ada', name: 'Ada L.', email: 'ada@example.com' } },
      service: 'shown',
      environment: 'dev',
      artifactId: 'main-0123456789-abcdef0123',
      releaseId: 'rel_1',
      from: 'requested',
      to: 'queued',
      cause: 'allowed by every rule',
      details: { list: [1, 'two'] },
      at,
    });
    const { rows } = await store.page({ service: 'shown', environment: 'dev', release: 'rel_1' }, { limit: 5 });
    expect(rows.map(toLedgerEntry)).toEqual([
      {
        id: expect.stringMatching(/^\d+-\d+$/) as string,
        at: at.toISOString(),
        kind: 'release.queued',
        actor: { kind: 'person', name: 'ada', email: 'ada@example.com' },
        service: 'shown',
        environment: 'dev',
        artifact: 'main-0123456789-abcdef0123',
        release: 'rel_1',
        from: 'requested',
        to: 'queued',
        cause: 'allowed by every rule',
        details: { list: [1, 'two'] },
      },
    ]);
  });

  it('cannot be changed afterwards', async () => {
    await expect(database.db('ledger').update({ cause: 'nothing' })).rejects.toThrow('append-only');
    await expect(database.db('ledger').del()).rejects.toThrow('append-only');
  });
});
