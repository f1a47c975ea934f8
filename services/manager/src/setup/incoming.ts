import { sweepBuilds } from '../features/builds/index.ts';
import { createTakeIncoming, startIncomingPoll, sweepIncoming, takeIncomingJob } from '../features/incoming/index.ts';
import type { Foundation } from './foundation.ts';

const minuteMs = 60 * 1000;

/** What comes in without asking: objects in the bucket, and builds that end without a word. */
export async function startIncoming(foundation: Foundation): Promise<void> {
  const { queue, lifecycle, logger } = foundation;
  const { store, events } = foundation.storePlace;
  const deps = { ...foundation, store };
  // Two at once: each may hold a zip and its files in memory.
  await queue.work(takeIncomingJob, createTakeIncoming(deps), { concurrency: 2 });
  if (events !== undefined) {
    const poll = startIncomingPoll({ ...foundation, ...events });
    lifecycle.onStop('incoming queue', () => poll.stop());
  }
  // With a queue the look is only for messages that were lost, without one it is the way in.
  const [everyMs, minAgeMs] = events === undefined ? [minuteMs, 0] : [10 * minuteMs, 5 * minuteMs];
  const sweep = setInterval(() => {
    sweepIncoming({ ...deps, minAgeMs }).catch((error: unknown) =>
      logger.warn('sweep of incoming objects failed', { error }),
    );
  }, everyMs);
  const builds = setInterval(() => {
    sweepBuilds(foundation).catch((error: unknown) => logger.warn('sweep of builds failed', { error }));
  }, 10 * minuteMs);
  lifecycle.onStop('sweeps of what comes in', () => {
    clearInterval(sweep);
    clearInterval(builds);
  });
}
