import {
  askForgotten,
  createProveSource,
  forgetUnproven,
  markUnasked,
  proveSourceJob,
} from '../features/artifacts/index.ts';
import type { Foundation } from './foundation.ts';

const lookEveryMs = 5 * 60 * 1000;

/**
 * Has GitHub asked whether commits are on their branches. Where GitHub was configured only now, everything that is there has to
 * be asked too before it counts; where it is configured no more, nobody waits for an answer that cannot come.
 * @param settle lets go what waited for an answer that is there: the backstop of what each answer does by itself
 */
export async function startSources(foundation: Foundation, settle: () => Promise<unknown>): Promise<void> {
  const { database, queue, github, logger, lifecycle, now } = foundation;
  if (github === undefined) {
    const forgotten = await forgetUnproven(database.db);
    if (forgotten > 0) logger.warn('no GitHub is configured any more: nobody is asked', { artifacts: forgotten });
    await settle();
    // A job that another configuration left behind ends without an answer.
    await queue.work(proveSourceJob, () => Promise.resolve(), { concurrency: 1 });
    return;
  }
  await queue.work(proveSourceJob, createProveSource({ ...foundation, github }), { concurrency: 4 });
  const look = async (): Promise<void> => {
    const marked = await markUnasked(database.db, now());
    if (marked > 0) logger.info('artifacts have to be asked for before they count', { artifacts: marked });
    await askForgotten(database.db, queue, now());
    await settle();
  };
  await look();
  const timer = setInterval(() => {
    look().catch((error: unknown) => logger.warn('artifacts that wait for GitHub were not looked at', { error }));
  }, lookEveryMs);
  lifecycle.onStop('sources', () => clearInterval(timer));
}
