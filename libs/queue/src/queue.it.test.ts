import { AppError } from '@release-manager/domain';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { createQueue, defineJob, failedJobs, type JobHandler, type Queue } from './index.ts';

interface Note {
  readonly text: string;
  readonly key?: string;
}

const readNote = (data: unknown): Note => {
  if (typeof data === 'object' && data !== null && 'text' in data) return data as Note;
  throw new Error('no note');
};

const note = defineJob<Note>({ name: 'note.write', parse: readNote, attempts: 3, timeoutSeconds: 30 });
const serial = defineJob<Note>({
  name: 'note.serial',
  parse: readNote,
  attempts: 2,
  timeoutSeconds: 30,
  serialBy: (data) => data.key ?? 'all',
});
const short = defineJob<Note>({ name: 'note.short', parse: readNote, attempts: 2, timeoutSeconds: 1 });

let test: TestDatabase;
const errors: unknown[] = [];
const queues: Queue[] = [];

beforeAll(async () => {
  test = await testDatabase();
  await test.database.db.raw('create table notes (text text)');
});
afterEach(async () => {
  for (const queue of queues.splice(0)) await queue.stop({ graceSeconds: 0 });
  await test.database.db('pgboss.job').delete();
  const heard = errors.splice(0);
  if (heard.length > 0) throw new AggregateError(heard, 'the queue reported errors');
});
afterAll(() => test.drop());

const newQueue = (): Queue => {
  const queue = createQueue({
    database: test.database,
    jobs: [note, serial, short],
    onError: (error) => void errors.push(error),
  });
  queues.push(queue);
  return queue;
};

const startQueue = async (): Promise<Queue> => {
  const queue = newQueue();
  await queue.start();
  return queue;
};

const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 20_000, interval: 20 });
const failed = () => failedJobs(test.database.db);

describe('enqueue', () => {
  it('belongs to the transaction of the rows it was enqueued with', async () => {
    const queue = await startQueue();
    const seen: string[] = [];
    await queue.work(note, (data) => Promise.resolve(void seen.push(data.text)), { concurrency: 1 });

    const refused = test.database.transaction(async (tx) => {
      await tx('notes').insert({ text: 'never' });
      await queue.enqueue(tx, note, { text: 'never' });
      throw new Error('changed my mind');
    });
    await expect(refused).rejects.toThrow('changed my mind');
    await test.database.transaction(async (tx) => {
      await tx('notes').insert({ text: 'kept' });
      await queue.enqueue(tx, note, { text: 'kept' });
    });

    await until(() => expect(seen).toEqual(['kept']));
    expect(await test.database.db('notes').pluck('text')).toEqual(['kept']);
  });

  it('replaces a pending job with the same key, data and start', async () => {
    const queue = await startQueue();
    const { db } = test.database;
    await queue.enqueue(db, note, { text: 'first' }, { key: 'k', startAfterSeconds: 3_600 });
    await queue.enqueue(db, note, { text: 'second' }, { key: 'k' });
    await queue.enqueue(db, note, { text: 'other' });
    const seen: string[] = [];
    await queue.work(note, (data) => Promise.resolve(void seen.push(data.text)), { concurrency: 1 });
    await until(() => expect(seen.sort()).toEqual(['other', 'second']));
  });

  it('keeps one job when many transactions enqueue one key at once', async () => {
    const queue = await startQueue();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        test.database.transaction((tx) => queue.enqueue(tx, note, { text: String(index) }, { key: 'same' })),
      ),
    );
    expect(await test.database.db('pgboss.job').where({ name: note.name }).count()).toEqual([{ count: 1 }]);
  });

  it('takes a pending job back with its key, if the transaction commits', async () => {
    const queue = await startQueue();
    const { database } = test;
    await queue.enqueue(database.db, note, { text: 'pending' }, { key: 'k' });
    const undone = database.transaction(async (tx) => {
      expect(await queue.cancel(tx, note, 'k')).toBe(true);
      throw new Error('changed my mind');
    });
    await expect(undone).rejects.toThrow('changed my mind');
    expect(await queue.cancel(database.db, note, 'k')).toBe(true);
    expect(await queue.cancel(database.db, note, 'k')).toBe(false);
  });

  it('starts a delayed job when its time has come', async () => {
    const queue = await startQueue();
    const enqueued = performance.now();
    let started = 0;
    await queue.work(note, () => Promise.resolve(void (started = performance.now())), { concurrency: 1 });
    await queue.enqueue(test.database.db, note, { text: 'later' }, { startAfterSeconds: 1 });
    await until(() => expect(started).toBeGreaterThan(0));
    expect(started - enqueued).toBeGreaterThanOrEqual(1_000);
  });
});

describe('work', () => {
  it('is woken by NOTIFY, and does not pause between short jobs', async () => {
    const queue = await startQueue();
    const seen = new Set<string>();
    await queue.work(note, (data) => Promise.resolve(void seen.add(data.text)), { concurrency: 1 });
    await until(() => expect(seen.size).toBe(0));
    const begun = performance.now();
    await test.database.transaction(async (tx) => {
      for (let index = 0; index < 20; index += 1) await queue.enqueue(tx, note, { text: String(index) });
    });
    await until(() => expect(seen.size).toBe(20));
    // Twenty polling intervals would be 10 s.
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('never gives one job to two workers', async () => {
    const queue = await startQueue();
    const other = await startQueue();
    const seen: string[] = [];
    const handler: JobHandler<Note> = (data) => Promise.resolve(void seen.push(data.text));
    await queue.work(note, handler, { concurrency: 3 });
    await other.work(note, handler, { concurrency: 3 });
    const texts = Array.from({ length: 60 }, (_, index) => String(index));
    await Promise.all(texts.map((text) => queue.enqueue(test.database.db, note, { text })));
    await until(() => expect(seen.length).toBeGreaterThanOrEqual(60));
    expect(seen.sort()).toEqual(texts.sort());
  });

  it('runs jobs of one serial key in order and one at a time, other keys beside them', async () => {
    const queue = await startQueue();
    const log: string[] = [];
    const running = new Set<string>();
    const bothSeen = Promise.withResolvers<void>();
    let overlaps = 0;
    await queue.work(
      serial,
      async (data) => {
        const key = data.key ?? '';
        if (running.has(key)) overlaps += 1;
        running.add(key);
        // The first job of each key waits for the other's: only two at once can go on.
        if (running.size === 2) bothSeen.resolve();
        await bothSeen.promise;
        log.push(`${key}${data.text}`);
        running.delete(key);
      },
      { concurrency: 4 },
    );
    await test.database.transaction(async (tx) => {
      for (let index = 0; index < 6; index += 1) {
        await queue.enqueue(tx, serial, { text: String(index), key: 'a' });
        await queue.enqueue(tx, serial, { text: String(index), key: 'b' });
      }
    });
    await until(() => expect(log).toHaveLength(12));
    expect(log.filter((entry) => entry.startsWith('a'))).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'a5']);
    expect(log.filter((entry) => entry.startsWith('b'))).toEqual(['b0', 'b1', 'b2', 'b3', 'b4', 'b5']);
    expect(overlaps).toBe(0);
  });
});

describe('failure', () => {
  it('tries again after an error, and says which attempt it is', async () => {
    const queue = await startQueue();
    const attempts: number[] = [];
    await queue.work(
      note,
      (_, { attempt }) => {
        attempts.push(attempt);
        return attempt < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
      },
      { concurrency: 1 },
    );
    await queue.enqueue(test.database.db, note, { text: 'x' });
    await until(() => expect(attempts).toEqual([1, 2, 3]));
    expect(await failed()).toEqual([]);
  });

  it('ends a job at a permanent error, visibly, and puts it back on request', async () => {
    const queue = await startQueue();
    let attempts = 0;
    let broken = true;
    await queue.work(
      note,
      () => {
        attempts += 1;
        if (!broken) return Promise.resolve();
        throw new AppError('not-found', 'note.gone', 'The note is gone.', { next: 'Write it again.' });
      },
      { concurrency: 1 },
    );
    await queue.enqueue(test.database.db, note, { text: 'x' });
    await until(async () => expect(await failed()).toHaveLength(1));
    const [job] = await failed();
    expect(job).toMatchObject({
      job: note.name,
      data: { text: 'x' },
      error: { message: 'The note is gone.', code: 'note.gone', next: 'Write it again.' },
      attempts: 1,
    });
    expect(attempts).toBe(1);

    broken = false;
    expect(await queue.retryFailed(job?.id ?? '')).toBe(true);
    expect(await failed()).toEqual([]);
    await until(() => expect(attempts).toBe(2));
    expect(await queue.retryFailed(job?.id ?? '')).toBe(false);
  });

  it('ends a job whose attempts are used up', async () => {
    const queue = await startQueue();
    await queue.work(serial, () => Promise.reject(new Error('never')), { concurrency: 1 });
    await queue.enqueue(test.database.db, serial, { text: 'x' });
    await until(async () => expect(await failed()).toMatchObject([{ error: { message: 'never' }, attempts: 2 }]));
  });

  it('ends a job whose data cannot be read', async () => {
    const queue = await startQueue();
    await queue.work(note, () => Promise.resolve(), { concurrency: 1 });
    await queue.enqueue(test.database.db, note, { other: 1 } as unknown as Note);
    await until(async () => expect(await failed()).toMatchObject([{ error: { code: 'queue.data' }, attempts: 1 }]));
  });

  it('does not block a serial key for good', async () => {
    const queue = await startQueue();
    const seen: string[] = [];
    await queue.work(
      serial,
      (data) => {
        if (data.text === 'bad') throw new AppError('invalid', 'note.bad', 'It is bad.');
        return Promise.resolve(void seen.push(data.text));
      },
      { concurrency: 2 },
    );
    await test.database.transaction(async (tx) => {
      for (const text of ['1', 'bad', '2', 'bad', '3']) await queue.enqueue(tx, serial, { text });
    });
    await until(() => expect(seen).toEqual(['1', '2', '3']));
    expect(await failed()).toHaveLength(2);
  });

  it('gives up an attempt that takes too long, and aborts its signal', async () => {
    const queue = await startQueue();
    let aborted = 0;
    await queue.work(
      short,
      (_, { signal, attempt }) => {
        if (attempt === 2) return Promise.resolve();
        const { promise, resolve } = Promise.withResolvers<void>();
        signal.addEventListener('abort', () => {
          aborted += 1;
          resolve();
        });
        return promise;
      },
      { concurrency: 1 },
    );
    await queue.enqueue(test.database.db, short, { text: 'x' });
    await until(() => expect(aborted).toBe(1));
    await until(async () => expect(await test.database.db('pgboss.job').pluck('state')).toEqual(['completed']));
  });
});

describe('stop', () => {
  it('waits for running jobs and takes no new ones', async () => {
    const queue = await startQueue();
    const started = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const seen: string[] = [];
    await queue.work(
      note,
      async (data) => {
        started.resolve();
        await release.promise;
        seen.push(data.text);
      },
      { concurrency: 1 },
    );
    await queue.enqueue(test.database.db, note, { text: 'running' });
    await started.promise;
    await queue.enqueue(test.database.db, note, { text: 'pending' });
    const stopped = queue.stop({ graceSeconds: 10 });
    release.resolve();
    await stopped;
    expect(seen).toEqual(['running']);
    expect(await test.database.db('pgboss.job').orderBy('state').pluck('state')).toEqual(['created', 'completed']);
  });

  it('aborts what does not end in time, and leaves it to be tried again', async () => {
    const queue = await startQueue();
    const started = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    await queue.work(
      note,
      async (_, { signal }) => {
        signal.addEventListener('abort', () => aborted.resolve());
        started.resolve();
        await aborted.promise;
      },
      { concurrency: 1 },
    );
    await queue.enqueue(test.database.db, note, { text: 'x' });
    await started.promise;
    await queue.stop({ graceSeconds: 1 });
    await aborted.promise;
    expect(await test.database.db('pgboss.job').pluck('state')).toEqual(['retry']);
  });
});
