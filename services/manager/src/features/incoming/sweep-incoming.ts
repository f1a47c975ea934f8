import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';
import type { Logger } from '@release-manager/runtime';
import type { ArtifactStore } from '@release-manager/storage';

import { incomingPrefix, parseIncomingKey } from './incoming-key.ts';
import { ProblemStore } from './problem-store.ts';
import { keyProblem } from './read-notification.ts';
import { enqueueTake } from './take-incoming-job.ts';

export interface SweepIncomingDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly store: ArtifactStore;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Younger objects are left to the messages of the queue; 0 where there is none. */
  readonly minAgeMs: number;
}

export interface SweptIncoming {
  /** Objects that are taken in now. */
  readonly found: number;
  /** Objects whose key says nothing. */
  readonly strange: number;
}

const mostStrange = 100;
const problemsKeptMs = 30 * 24 * 60 * 60 * 1000;

/**
 * Finds what lies below `incoming/` and of which no message came: lost, or there is no queue. Safe at any time, also by several
 * processes at once: an object has one job that has not begun.
 */
export async function sweepIncoming(deps: SweepIncomingDeps): Promise<SweptIncoming> {
  const { database, queue, store, logger, now, minAgeMs } = deps;
  const youngest = now().getTime() - minAgeMs;
  let found = 0;
  let strange = 0;
  for await (const { key, size, modifiedAt } of store.list(incomingPrefix)) {
    if (modifiedAt.getTime() > youngest) continue;
    if (parseIncomingKey(key) === undefined) {
      strange += 1;
      // It is not ours to remove, and somebody who fills the folder with such names must not fill the table.
      if (strange <= mostStrange) await new ProblemStore(database.db).record(keyProblem(key), now());
      continue;
    }
    await database.transaction((tx) => enqueueTake(queue, tx, { key, size }));
    found += 1;
  }
  await new ProblemStore(database.db).forgetBefore(new Date(now().getTime() - problemsKeptMs));
  if (found + strange > 0) logger.info('swept incoming objects', { found, strange });
  return { found, strange };
}
