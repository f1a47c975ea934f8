import { setTimeout as wait } from 'node:timers/promises';

import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

const pauseMs = 50;

/**
 * Starts the job queue while no other manager does. The library makes its tables under a lock of its own; of two managers that
 * met an empty database one failed all the same, now and then ("duplicate key … pg_namespace_nspname_index").
 */
export async function startQueue(queue: Pick<Queue, 'start'>, database: Pick<Database, 'tryLock'>): Promise<void> {
  let lock = await database.tryLock('queue-start');
  while (lock === undefined) {
    await wait(pauseMs);
    lock = await database.tryLock('queue-start');
  }
  try {
    await queue.start();
  } finally {
    await lock.release();
  }
}
