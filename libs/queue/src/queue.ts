import { randomUUID } from 'node:crypto';

import { AppError } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';
import { fromKnex, type Job, type JobResult, type PgBoss } from 'pg-boss';

import { createBoss } from './boss.ts';
import { unblockSerialKeys } from './failed-jobs.ts';
import { risingIds } from './job-id.ts';
import type { JobDefinition } from './job.ts';
import { outcomeOf } from './outcome.ts';
import { failedQueue, heartbeatRefreshSeconds, pollingSeconds, queueSettings } from './queue-settings.ts';

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

const sweepMs = 1_000;
const noJob = '00000000-0000-0000-0000-000000000000';

export function createQueue(options: QueueOptions): Queue {
  return new BossBackedQueue(options);
}

class BossBackedQueue implements Queue {
  readonly #boss: PgBoss;
  readonly #options: QueueOptions;
  readonly #waiting: (() => Promise<void>)[] = [];
  /** Worker ids by name of the queue. */
  readonly #workers = new Map<string, string[]>();
  readonly #nextId = risingIds();
  #sweep: NodeJS.Timeout | undefined;
  #started = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#boss = createBoss(options.database, options.onError);
  }

  async enqueue<T extends object>(tx: Db, job: JobDefinition<T>, data: T, options: EnqueueOptions = {}): Promise<void> {
    const common = { startAfter: options.startAfterSeconds ?? 0, db: fromKnex(tx) };
    if (job.serialBy === undefined) {
      await this.#boss.upsert(job.name, data, { ...common, singletonKey: options.key ?? randomUUID() });
      return;
    }
    if (options.key !== undefined) {
      throw new AppError('bug', 'queue.key', `The serial job ${job.name} cannot have a key of its own.`);
    }
    await this.#boss.send(job.name, data, { ...common, id: this.#nextId(), singletonKey: job.serialBy(data) });
  }

  async work<T extends object>(
    job: JobDefinition<T>,
    handler: JobHandler<T>,
    { concurrency }: { concurrency: number },
  ): Promise<void> {
    const begin = async (): Promise<void> => {
      for (let index = 0; index < concurrency; index += 1) await this.#addWorker(job, handler);
    };
    if (this.#started) await begin();
    else this.#waiting.push(begin);
  }

  async start(): Promise<void> {
    await this.#boss.start();
    await this.#boss.createQueue(failedQueue);
    for (const job of this.#options.jobs) await this.#declare(job);
    this.#started = true;
    for (const begin of this.#waiting.splice(0)) await begin();
    if (this.#options.jobs.some((job) => job.serialBy !== undefined)) {
      this.#sweep = setInterval(() => void this.#unblock(), sweepMs);
      this.#sweep.unref();
    }
  }

  async stop({ graceSeconds }: { graceSeconds: number }): Promise<void> {
    clearInterval(this.#sweep);
    // At once and first of all: pg-boss itself closes the listener before it stops the workers.
    await Promise.all([...this.#workers.keys()].map((name) => this.#boss.offWork(name, { wait: false })));
    await this.#boss.stop({ graceful: graceSeconds > 0, timeout: graceSeconds * 1_000 });
  }

  async retryFailed(id: string): Promise<boolean> {
    return (await this.#boss.redrive(failedQueue, { ids: [id] })) > 0;
  }

  async #declare(job: JobDefinition<object>): Promise<void> {
    const settings = queueSettings(job);
    await this.#boss.createQueue(job.name, settings);
    const existing = await this.#boss.getQueue(job.name);
    if (existing !== null && existing.policy !== settings.policy) {
      throw new AppError(
        'bug',
        'queue.policy',
        `The job ${job.name} was serial in one version and is not in another.`,
        {
          next: 'Give the changed job a new name; its queue cannot be converted while it holds jobs.',
        },
      );
    }
    const { policy: _, ...changeable } = settings;
    await this.#boss.updateQueue(job.name, changeable);
    // Reading a queue for the first time takes a connection. Were that in `enqueue`, as many transactions as the pool has
    // connections would each wait for one more.
    await this.#boss.findJobs(job.name, { id: noJob });
  }

  /**
   * One pg-boss worker each and not one with local concurrency: only so its id is known, and a worker that is notified as
   * it finishes fetches again at once. Otherwise every job, however short, would cost one polling interval.
   */
  async #addWorker<T extends object>(job: JobDefinition<T>, handler: JobHandler<T>): Promise<void> {
    const worker: { id?: string } = {};
    const settings = {
      includeMetadata: false,
      perJobResults: true,
      pollingIntervalSeconds: pollingSeconds,
      notifyPollingIntervalSeconds: pollingSeconds,
      heartbeatRefreshSeconds,
    } as const;
    worker.id = await this.#boss.work<unknown, JobResult[]>(job.name, settings, async (batch: Job<unknown>[]) => {
      const results: JobResult[] = [];
      for (const item of batch) results.push(await perform(job, handler, item));
      if (worker.id !== undefined) this.#boss.notifyWorker(worker.id);
      return results;
    });
    this.#workers.set(job.name, [...(this.#workers.get(job.name) ?? []), worker.id]);
  }

  async #unblock(): Promise<void> {
    try {
      for (const name of await unblockSerialKeys(this.#options.database.db)) {
        for (const id of this.#workers.get(name) ?? []) this.#boss.notifyWorker(id);
      }
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

async function perform<T extends object>(
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
