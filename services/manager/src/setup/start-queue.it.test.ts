import { openDatabase } from '@release-manager/postgres';
import { createQueue, type Queue } from '@release-manager/queue';
import { testDatabase } from '@release-manager/testing';
import { expect, it } from 'vitest';

import { verifyArtifactJob } from '../features/artifacts/index.ts';
import { startQueue } from './start-queue.ts';

it('lets several managers meet an empty database at once', async () => {
  const test = await testDatabase({ empty: true });
  const errors: unknown[] = [];
  const start = async (index: number): Promise<{ queue: Queue; close: () => Promise<void> }> => {
    const database = openDatabase({ url: test.url, applicationName: `manager ${index}`, poolSize: 3 });
    const queue = createQueue({ database, jobs: [verifyArtifactJob], onError: (error) => errors.push(error) });
    await startQueue(queue, database);
    return { queue, close: () => database.close() };
  };
  const started = await Promise.all([0, 1, 2, 3].map(start));
  const { rows } = await test.database.db.raw<{ rows: { name: string }[] }>('select name from pgboss.queue');
  expect(rows.map(({ name }) => name)).toContain(verifyArtifactJob.name);
  for (const { queue, close } of started) {
    await queue.stop({ graceSeconds: 0 });
    await close();
  }
  await test.drop();
  expect(errors).toEqual([]);
});
