import type { Mirror } from '@release-manager/git';
import type { Logger } from '@release-manager/runtime';

const firstMs = 10_000;
const deepenEveryMs = 5_000;
const maintainEveryMs = 10 * 60_000;

/**
 * Keeps the mirror fit without standing in anybody's way: history comes step by step (only the tip is needed to be ready,
 * but ancestry and rebuilding want all of it), and packs that pushes leave behind are joined now and then.
 */
export function startMirrorUpkeep(mirror: Mirror, logger: Logger): { stop(): Promise<void> } {
  let stopped = false;
  let complete = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const step = async (): Promise<void> => {
    try {
      if (complete) await mirror.maintain();
      else complete = mirror.tip() !== undefined && (await mirror.deepen());
    } catch (error) {
      logger.debug('upkeep of the mirror is tried again', { error });
    }
    schedule(complete ? maintainEveryMs : deepenEveryMs);
  };
  const schedule = (ms: number): void => {
    if (stopped) return;
    timer = setTimeout(() => {
      running = step();
    }, ms);
    timer.unref();
  };
  schedule(firstMs);
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
