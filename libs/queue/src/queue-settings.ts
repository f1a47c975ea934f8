import type { Queue as BossQueue } from 'pg-boss';

import type { JobDefinition } from './job.ts';

/** Where the jobs go that failed for good; a queue of its own that nobody works. */
export const failedQueue = 'failed-jobs';

const day = 86_400;

/** The least that pg-boss takes; the lease of a job, renewed at each third of it. */
const heartbeatSeconds = 10;
export const heartbeatRefreshSeconds = 3;

/** Polling is the backstop for what NOTIFY does not tell: retries, jobs of a dead worker, the next of a serial key. */
export const pollingSeconds = 0.5;

/**
 * How pg-boss keeps the jobs of a definition.
 *
 * `key_strict_fifo` runs jobs of one key in order; `short` allows one pending job per key, which is what makes a second
 * `enqueue` with the same key replace the first.
 */
export function queueSettings<T extends object>(job: JobDefinition<T>): Omit<BossQueue, 'name'> {
  return {
    policy: job.serialBy === undefined ? 'short' : 'key_strict_fifo',
    notify: true,
    deadLetter: failedQueue,
    heartbeatSeconds,
    expireInSeconds: job.timeoutSeconds,
    retryLimit: job.attempts - 1,
    retryBackoff: true,
    retryDelay: job.retryDelaySeconds ?? 1,
    retryDelayMax: job.retryDelayMaxSeconds ?? 60,
    retentionSeconds: 30 * day,
    deleteAfterSeconds: day,
  };
}
