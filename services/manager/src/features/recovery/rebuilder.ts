import { messageOf } from '@release-manager/domain';
import { backoff } from '@release-manager/runtime';
import type { Logger } from '@release-manager/runtime';

import { lookThroughStore } from './look-through-store.ts';
import { rebuild, type RebuildDeps } from './rebuild.ts';
import { RecoveryStore } from './recovery-store.ts';
import { requeueForgotten, type ResumeDeps } from './resume.ts';

export interface RebuilderDeps extends RebuildDeps, ResumeDeps {
  readonly logger: Logger;
}

export interface Rebuilder {
  /** Looks now. */
  wake(): void;
  stop(): Promise<void>;
}

const lookEveryMs = 5_000;
const lockName = 'recovery';

/**
 * Works off a loss in the background, one process at a time. A loop under a lock and not a job of the queue: it may take an hour,
 * has no number of attempts after which a database may stay incomplete, and says itself how far it is
 * (docs/adr/0050-rebuilding.md).
 */
export function startRebuilder(deps: RebuilderDeps): Rebuilder {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let failures = 0;
  let running: Promise<void> | undefined;
  let again = false;
  const progress = { storeSeen: false };

  const turn = async (): Promise<void> => {
    try {
      await oneTurn(deps, stopping.signal, progress);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!stopping.signal.aborted)
        deps.logger.warn('rebuilding is tried again', { error: messageOf(error), failures });
    }
  };
  const wake = (): void => {
    clearTimeout(timer);
    if (stopping.signal.aborted) return;
    if (running !== undefined) {
      again = true;
      return;
    }
    running = turn().finally(() => {
      running = undefined;
      const soon = again;
      again = false;
      const pauseMs = failures === 0 ? lookEveryMs : backoff(failures, { base: 500, cap: 30_000, random: Math.random });
      if (!stopping.signal.aborted) timer = setTimeout(wake, soon ? 0 : pauseMs);
      timer?.unref();
    });
  };
  wake();
  return {
    wake,
    async stop() {
      stopping.abort(new Error('the manager stops'));
      clearTimeout(timer);
      await running;
    },
  };
}

async function oneTurn(deps: RebuilderDeps, stopping: AbortSignal, progress: { storeSeen: boolean }): Promise<void> {
  const { database, logger } = deps;
  const before = await new RecoveryStore(database.db).read();
  if (before.state === 'whole') await requeueForgotten(deps);
  if (before.state !== 'rebuilding' && progress.storeSeen) return;
  const lock = await database.tryLock(lockName);
  if (lock === undefined) return;
  try {
    const signal = AbortSignal.any([stopping, lock.lost]);
    if (!progress.storeSeen && before.state !== 'rebuilding') await lookThroughStore(deps, signal);
    progress.storeSeen = true;
    const recovery = await new RecoveryStore(database.db).read();
    if (recovery.state !== 'rebuilding') return;
    await rebuild(deps, recovery, signal);
    const { services, releases, artifacts } = await new RecoveryStore(database.db).read();
    logger.warn('the database is rebuilt; automation is held until an administrator resumes it', {
      services,
      releases,
      artifacts,
      next: 'release-cli resume --all',
    });
  } finally {
    await lock.release();
  }
}
