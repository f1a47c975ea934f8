import { AppError } from '@release-manager/domain';
import type { Job, JobResult } from 'pg-boss';

import type { JobDefinition } from './job.ts';
import { outcomeOf } from './outcome.ts';
import type { JobHandler } from './queue.ts';

/** One attempt at one job; never rejects, the outcome says what happened. */
export async function perform<T extends object>(
  job: JobDefinition<T>,
  handler: JobHandler<T>,
  item: Job<unknown>,
): Promise<JobResult> {
  try {
    await handler(read(job, item.data), { signal: item.signal, attempt: item.retryCount + 1 });
    return { id: item.id, status: 'completed' };
  } catch (error) {
    return outcomeOf(item.id, error);
  }
}

/** Data that cannot be read now will not be readable at the next attempt. */
function read<T extends object>(job: JobDefinition<T>, data: unknown): T {
  try {
    return job.parse(data);
  } catch (error) {
    throw new AppError('invalid', 'queue.data', `The data of the job ${job.name} cannot be read.`, { cause: error });
  }
}
