import { messageOf } from '@release-manager/domain';

import { createWake } from '../../releases/index.ts';
import { lookChannel, LookStore, type Look } from '../looks/look-store.ts';
import { judgeTarget, type JudgeDeps } from './judge-target.ts';

export interface RolloutJudge {
  /** Ends after the looks under way; what is left is judged by whoever comes next. */
  stop(): Promise<void>;
}

/** Judged at the same time. */
const atOnce = 8;
/** Notifications may be missed, and others' claims end without one. */
const lookEverySeconds = 5;
const pauseSeconds = 2;

/**
 * Judges what is due, at once when something happened and in time when a grace ends. Any number of processes may do so: a look
 * is claimed by one of them. It is a loop over a table, and no job, because many observations of one service are one look.
 */
export async function startRolloutJudge(deps: JudgeDeps): Promise<RolloutJudge> {
  const stopping = new AbortController();
  const wake = createWake();
  const listener = await deps.database.listen(lookChannel, wake.now);
  const running = run(deps, stopping.signal, wake);
  return {
    async stop() {
      stopping.abort();
      wake.now();
      await running;
      await listener.close();
    },
  };
}

async function run(deps: JudgeDeps, stopping: AbortSignal, wake: ReturnType<typeof createWake>): Promise<void> {
  while (!stopping.aborted) {
    try {
      if ((await judgeDue(deps)) > 0) continue;
      const due = await new LookStore(deps.database.db).nextDue();
      const seconds = due === undefined ? lookEverySeconds : (due.getTime() - deps.now().getTime()) / 1000;
      await wake.wait(Math.min(lookEverySeconds, Math.max(0.05, seconds)));
    } catch (error) {
      deps.logger.warn('rollouts could not be judged', { error: messageOf(error) });
      await wake.pause(pauseSeconds, stopping);
    }
  }
}

/** Judges what is due now. @returns how many targets */
export async function judgeDue(deps: JudgeDeps): Promise<number> {
  const looks = await new LookStore(deps.database.db).take(atOnce, deps.now());
  await Promise.all(looks.map((look) => judgeGently(deps, look)));
  return looks.length;
}

/** One that cannot be judged keeps its claim until that ends, so that it does not come again at once. */
async function judgeGently(deps: JudgeDeps, look: Look): Promise<void> {
  try {
    await judgeTarget(deps, look);
  } catch (error) {
    const { service, environment } = look;
    deps.logger.warn('a rollout could not be judged', { service, environment, error: messageOf(error) });
  }
}
