import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { createQueue, defineJob, type Queue } from './index.ts';

const sweep = defineJob<{ what: string }>({
  name: 'house.sweep',
  parse: (data) => data as { what: string },
  attempts: 2,
  timeoutSeconds: 10,
});

let test: TestDatabase;
const queues: Queue[] = [];

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(async () => {
  for (const queue of queues) await queue.stop({ graceSeconds: 0 });
  await test.drop();
});

it('runs a scheduled job once for all processes, by the latest schedule', { timeout: 120_000 }, async () => {
  const seen: string[] = [];
  for (const name of ['first', 'second']) {
    const queue = createQueue({ database: test.database, jobs: [sweep], onError: () => undefined });
    queues.push(queue);
    await queue.start();
    await queue.schedule(sweep, { what: `by ${name}` }, '* * * * *');
    await queue.work(sweep, (data) => Promise.resolve(void seen.push(data.what)), { concurrency: 1 });
  }
  await vi.waitFor(() => expect(seen).toEqual(['by second']), { timeout: 100_000, interval: 200 });
});
