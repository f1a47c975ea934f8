import { setTimeout as wait } from 'node:timers/promises';

import { describeUse, watchMachine } from './machine.ts';

/**
 * Runs a measurement and takes everything down that it has started, whether it ends well, fails, is interrupted, or is still
 * at work when its time is over; then reports what is known so far, and what else the machine did. Ends this process.
 */
export async function boundedRun(
  limitMinutes: number,
  work: (started: AsyncDisposableStack) => Promise<void>,
  report: () => void,
): Promise<never> {
  const started = new AsyncDisposableStack();
  const use = watchMachine();
  const interrupted = Promise.withResolvers<never>();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.reject(new Error(`ended by ${signal}`)));
  }
  const tooLong = wait(limitMinutes * 60_000, undefined, { ref: false }).then(() => {
    throw new Error(`not done after ${limitMinutes} minutes`);
  });
  try {
    await Promise.race([work(started), interrupted.promise, tooLong]);
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
  // What was cut off fails now, each part in its own way, and nobody waits for it any more.
  process.on('unhandledRejection', () => undefined);
  report();
  process.stdout.write(`the whole run: ${describeUse(use())}\n`);
  await started.disposeAsync();
  // What was cut off may still wait for answers that will never come.
  process.exit();
}
