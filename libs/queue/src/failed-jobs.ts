import type { Db } from '@release-manager/postgres';

import type { JobError } from './outcome.ts';
import { failedQueue } from './queue-settings.ts';

/** A job that will not be tried again by itself. */
export interface FailedJob {
  readonly id: string;
  /** Name of its definition. */
  readonly job: string;
  readonly data: unknown;
  readonly error: JobError;
  readonly attempts: number;
  readonly enqueuedAt: Date;
  readonly failedAt: Date;
}

interface Row {
  id: string;
  job: string;
  data: unknown;
  output: Partial<JobError> & { value?: Partial<JobError> };
  retries: number;
  enqueued_at: Date;
  failed_at: Date;
}

/** The jobs that failed for good, newest first. They are kept for 30 days. */
export async function failedJobs(db: Db, limit = 100): Promise<FailedJob[]> {
  const rows: Row[] = await db('pgboss.job')
    .where({ name: failedQueue })
    .orderBy([
      { column: 'created_on', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(limit)
    .select({
      id: 'id',
      job: 'source_name',
      data: 'data',
      output: 'source_output',
      retries: 'source_retry_count',
      enqueued_at: 'source_created_on',
      failed_at: 'created_on',
    });
  return rows.map((row) => ({
    id: row.id,
    job: row.job,
    data: row.data,
    error: readError(row.output),
    attempts: row.retries + 1,
    enqueuedAt: row.enqueued_at,
    failedAt: row.failed_at,
  }));
}

/** pg-boss wraps what it says itself ("job timed out") into `value`. */
function readError(output: Row['output']): JobError {
  const said = output.value ?? output;
  return {
    message: said.message ?? 'no reason was recorded',
    ...(said.code === undefined ? {} : { code: said.code }),
    ...(said.next === undefined ? {} : { next: said.next }),
  };
}

/**
 * Removes jobs that failed for good from their serial queues. pg-boss keeps them there, where each blocks its key for ever;
 * their copy among the failed jobs was made in the same statement that failed them, so nothing is lost.
 * @returns the names of the queues in which something was unblocked
 */
export async function unblockSerialKeys(db: Db): Promise<string[]> {
  const rows: { name: string }[] = await db('pgboss.job')
    .where({ policy: 'key_strict_fifo', state: 'failed', dead_letter: failedQueue })
    .delete()
    .returning('name');
  return [...new Set(rows.map((row) => row.name))];
}
