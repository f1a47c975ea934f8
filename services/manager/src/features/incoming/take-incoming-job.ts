import { compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';
import { defineJob, type Queue } from '@release-manager/queue';
import { z } from 'zod';

import type { Announced } from './read-notification.ts';

const Data = z.object({ key: z.string(), size: z.number().optional() });

/** Takes in one object. Enqueued under its key, so that an object has at most one job that has not begun. */
export const takeIncomingJob = defineJob<Announced>({
  name: 'incoming.take',
  parse: (data) => compact(Data.parse(data)),
  attempts: 10,
  timeoutSeconds: 300,
});

export async function enqueueTake(queue: Pick<Queue, 'enqueue'>, tx: Db, object: Announced): Promise<void> {
  await queue.enqueue(tx, takeIncomingJob, object, { key: object.key });
}
