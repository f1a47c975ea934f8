import { randomUUID } from 'node:crypto';

import { AppError } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';
import { fromKnex, type Job, type JobResult, type PgBoss } from 'pg-boss';

import { createBoss } from './boss.ts';
import { unblockSerialKeys } from './failed-jobs.ts';
import { risingIds } from './job-id.ts';
import type { JobDefinition } from './job.ts';
import { perform } from './perform.ts';
import { failedQueue, heartbeatRefreshSeconds, pollingSeconds, queueSettings } from './queue-settings.ts';
import type { EnqueueOptions, JobHandler, Queue, QueueOptions } from './queue.ts';

const sweepMs = 1_000;
const scheduledKey = 'scheduled';
const noJob = '00000000-0000-0000-0000-000000000000';

/** A queue on pg-boss; nothing happens before `start`. */
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

  async cancel<T extends object>(tx: Db, job: JobDefinition<T>, key: string): Promise<boolean> {
    const removed: number = await tx('pgboss.job')
      .where({ name: job.name, singleton_key: key })
      .whereIn('state', ['created', 'retry'])
      .delete();
    return removed > 0;
  }

  async schedule<T extends object>(job: JobDefinition<T>, data: T, cron: string): Promise<void> {
    const singletonKey = job.serialBy?.(data) ?? scheduledKey;
    await this.#boss.schedule(job.name, cron, data, { singletonKey });
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
