import { setTimeout as wait } from 'node:timers/promises';

import { messageOf } from '@release-manager/domain';
import type { Logger } from '@release-manager/runtime';

import type { ConfigRepo } from './config-repo.ts';

export interface ConfigRepoPoll {
  /** Looks now, and once more when a look is under way that may have come too early. Never rejects. */
  now(): Promise<void>;
  stop(): Promise<void>;
}

const stopPatienceMs = 1_000;

/** Learns of other people's pushes by asking every `seconds`; a remote that is away is logged once, and once when it is back. */
export function startConfigRepoPoll(repo: ConfigRepo, seconds: number, logger: Logger): ConfigRepoPoll {
  let away = false;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const look = async (): Promise<void> => {
    try {
      await repo.refresh();
      if (away) logger.info('config repo answers again');
      away = false;
    } catch (error) {
      if (!away) logger.warn('config repo does not answer', { error: messageOf(error) });
      away = true;
    }
  };
  const tick = (): Promise<void> => {
    clearTimeout(timer);
    running ??= look().finally(() => {
      running = undefined;
      if (!stopped) timer = setTimeout(() => void tick(), seconds * 1000);
    });
    return running;
  };
  return {
    now() {
      if (running === undefined) return tick();
      next ??= running.then(() => {
        next = undefined;
        return stopped ? undefined : tick();
      });
      return next;
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      // A look only reads: one that hangs at a silent remote is left behind rather than waited for.
      await Promise.race([Promise.all([next, running]), wait(stopPatienceMs, undefined, { ref: false })]);
    },
  };
}
