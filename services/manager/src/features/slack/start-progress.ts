import { messageOf } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import { wantProgress } from './want-progress.ts';

export interface ProgressDeps {
  readonly database: Database;
  readonly now: () => Date;
  readonly logger: Logger;
}

/** As often as somebody who watches a message wants to see it move. */
const lookEveryMs = 10_000;

/** Keeps messages moving between the entries of the record. Any number of processes may do so; what is lost is lost. */
export function startSlackProgress({ database, now, logger }: ProgressDeps): { stop(): void } {
  let since = now();
  let isRunning = false;
  const look = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    const at = now();
    try {
      await wantProgress(database.db, since, at);
      since = at;
    } catch (error) {
      logger.warn('progress could not be looked at for Slack', { error: messageOf(error) });
    } finally {
      isRunning = false;
    }
  };
  const timer = setInterval(() => void look(), lookEveryMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
