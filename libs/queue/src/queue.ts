import type { Database, Db } from '@release-manager/postgres';

import type { JobDefinition } from './job.ts';

/** What a handler is told besides its data. */
export interface JobContext {
  /**
   * Aborted when the job was lost to another worker, has run too long, or the process stops. A result after that is
   * ignored, so a handler stops writing then.
   */
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly attempt: number;
}

/** May run more than once for one job: a worker can die after its last write. */
export type JobHandler<T extends object> = (data: T, context: JobContext) => Promise<void>;

export interface EnqueueOptions {
  readonly startAfterSeconds?: number;
  /** A pending job with the same key is replaced: its data and its start. Not for serial jobs. */
  readonly key?: string;
}

export interface Queue {
  /** Adds the job in the caller's transaction: it exists exactly when the rows that were written with it do. */
  enqueue<T extends object>(tx: Db, job: JobDefinition<T>, data: T, options?: EnqueueOptions): Promise<void>;
  /**
   * Has this process work the jobs of a definition, `concurrency` at once, from `start` on. A permanent AppError ends a job
   * at once, anything else is tried again with growing pauses.
   */
  work<T extends object>(
    job: JobDefinition<T>,
    handler: JobHandler<T>,
    options: { concurrency: number },
  ): Promise<void>;
  /**
   * Takes back what `enqueue` added under the key, in the caller's transaction; a job that runs already is left alone.
   * @returns whether there was one
   */
  cancel<T extends object>(tx: Db, job: JobDefinition<T>, key: string): Promise<boolean>;
  /**
   * Enqueues the job at each time that the cron expression names (UTC, to the minute), once for all processes; one that is
   * still pending is not doubled. The first run may come at once, for the minute that is under way. A job has one schedule,
   * the latest. After `start`.
   */
  schedule<T extends object>(job: JobDefinition<T>, data: T, cron: string): Promise<void>;
  /** Makes what the queue needs in the database and starts the workers; `enqueue` needs it as well. */
  start(): Promise<void>;
  /** Takes no new jobs, waits for the running ones, then aborts them; they are tried again elsewhere. */
  stop(options: { graceSeconds: number }): Promise<void>;
  /** Puts a job of `failedJobs` back into its queue; false when it is no longer there. */
  retryFailed(id: string): Promise<boolean>;
}

export interface QueueOptions {
  readonly database: Database;
  readonly jobs: readonly JobDefinition<object>[];
  /** Hears of what breaks in the background and is tried again by itself. */
  readonly onError: (error: unknown) => void;
}
