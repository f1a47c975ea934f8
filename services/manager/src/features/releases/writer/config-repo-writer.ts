import { AppError, messageOf } from '@release-manager/domain';
import type { HeldLock } from '@release-manager/postgres';
import { backoff } from '@release-manager/runtime';

import { releaseQueueChannel } from '../release-store.ts';
import { QueueStore } from './queue-store.ts';
import { createWake } from './wake.ts';
import { writeOnce } from './write-once.ts';
import type { WriterDeps } from './writer-deps.ts';

export interface ConfigRepoWriter {
  /** Looks at the queue now. */
  wake(): void;
  /** Ends after the round under way: what is pushed is recorded, what is not stays queued. */
  stop(): Promise<void>;
}

const lockName = 'config-repo-writer';
/** Notifications may be missed, and another process's lock is only seen to be free by trying. */
const lookEverySeconds = 2;
const postponeSeconds = 5;
/** Failures in a row, some ten seconds, after which somebody has to look. */
const alarmAfter = 6;

/**
 * The one writer of the config repo: takes what is queued, commits and pushes it, again and again, under a lock over all
 * processes of the database. It is a loop and not a job of the queue library because a lone release must go at once: the
 * queue is the table of releases itself, and a job of its own could be lost between "nothing left" and "the next one"
 * (docs/adr/0020-writer-loop.md).
 */
export async function startConfigRepoWriter(deps: WriterDeps): Promise<ConfigRepoWriter> {
  const stopping = new AbortController();
  const wake = createWake();
  const listener = await deps.database.listen(releaseQueueChannel, wake.now);
  const running = run(deps, stopping.signal, wake);
  return {
    wake: wake.now,
    async stop() {
      stopping.abort();
      wake.now();
      await running;
      await listener.close();
    },
  };
}

async function run(deps: WriterDeps, stopping: AbortSignal, wake: ReturnType<typeof createWake>): Promise<void> {
  let failures = 0;
  const isOver = (): boolean => stopping.aborted;
  while (!isOver()) {
    try {
      const lock = await deps.database.tryLock(lockName);
      const progress = (): void => {
        failures = 0;
      };
      if (lock !== undefined) await hold(deps, lock, { stopping, wake, progress });
      progress();
      await wake.wait(lookEverySeconds);
    } catch (error) {
      // What was interrupted is not what went wrong.
      if (isOver()) return;
      failures += 1;
      const level = failures < alarmAfter ? 'warn' : 'error';
      deps.logger[level]('writer could not go on', { error: messageOf(error), failures, ...nextOf(error) });
      await sayWhatIsWaitedFor(deps, error);
      await wake.pause(backoff(failures, { base: 200, cap: 30_000, random: Math.random }) / 1000, stopping);
    }
  }
}

/** Whoever follows a release sees why nothing moves. It is no more than a word: where even that fails, the log has it. */
async function sayWhatIsWaitedFor({ database, now, logger }: WriterDeps, error: unknown): Promise<void> {
  if (!(error instanceof AppError) || !error.code.startsWith('git.')) return;
  try {
    await new QueueStore(database.db).setAllWaitFor(`the config repo: ${error.message}`, now());
  } catch (unsaid) {
    logger.debug('what is waited for could not be noted', { error: unsaid });
  }
}

interface Turn {
  readonly stopping: AbortSignal;
  readonly wake: ReturnType<typeof createWake>;
  /** A round came to its end. */
  readonly progress: () => void;
}

async function hold(deps: WriterDeps, lock: HeldLock, { stopping, wake, progress }: Turn): Promise<void> {
  const ended = AbortSignal.any([stopping, lock.lost]);
  // Targets that have to wait a little, with the time (in ms) until which they do.
  let postponed: readonly (readonly [target: string, until: number])[] = [];
  try {
    while (!ended.aborted) {
      const nowMs = deps.now().getTime();
      const waiting = postponed.filter(([, until]) => until > nowMs);
      const round = await writeOnce(
        deps,
        ended,
        waiting.map(([target]) => target),
      );
      progress();
      const until = nowMs + postponeSeconds * 1000;
      postponed = [...waiting, ...round.postponed.map(({ release }) => [targetOf(release), until] as const)];
      if (round.kind === 'idle') await wake.wait(lookEverySeconds);
    }
  } finally {
    await lock.release();
  }
}

function nextOf(error: unknown): { next?: string } {
  return error instanceof AppError && error.next !== undefined ? { next: error.next } : {};
}

function targetOf({ environment, service }: { readonly environment: string; readonly service: string }): string {
  return `${environment}/${service}`;
}
