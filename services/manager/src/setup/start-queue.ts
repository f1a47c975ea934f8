import { setTimeout as wait } from 'node:timers/promises';

import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';

const pauseMs = 50;

/**
 * Starts the job queue while no other manager does. The library makes its tables under a lock of its own, but looks them up
 * before it has it: of two managers that meet an empty database one would fail ("duplicate key … pg_namespace").
 */
export async function startQueue(queue: Queue, database: Database): Promise<void> {
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
