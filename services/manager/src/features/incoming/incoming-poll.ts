import { setTimeout as pause } from 'node:timers/promises';

import type { Database } from '@release-manager/postgres';
import type { Queue } from '@release-manager/queue';
import type { Logger } from '@release-manager/runtime';
import type { MessageQueue, ReceivedMessage } from '@release-manager/storage';

import { ProblemStore } from './problem-store.ts';
import { readNotification, type Place } from './read-notification.ts';
import { enqueueTake } from './take-incoming-job.ts';

export interface IncomingPollDeps {
  readonly messages: MessageQueue;
  readonly place: Place;
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly logger: Logger;
  readonly now: () => Date;
}

const shortestPauseMs = 1_000;
const longestPauseMs = 60_000;

/**
 * Listens to the queue until it is stopped. A message is only written down as jobs and problems, in one transaction, and then
 * removed: who dies in between is told again, which adds nothing.
 */
export function startIncomingPoll(deps: IncomingPollDeps): { stop(): Promise<void> } {
  const ending = new AbortController();
  const done = listen(deps, ending.signal);
  return {
    async stop() {
      ending.abort();
      await done;
    },
  };
}

async function listen(deps: IncomingPollDeps, signal: AbortSignal): Promise<void> {
  let pauseMs = 0;
  while (!signal.aborted) {
    const began = performance.now();
    const outcome = await receiveOnce(deps, signal);
    const isIdle = outcome === 'empty' && performance.now() - began < shortestPauseMs;
    // A queue that does not wait before it says that there is nothing must not be asked a thousand times a second.
    if (outcome === 'failed') pauseMs = Math.min(Math.max(pauseMs * 2, shortestPauseMs), longestPauseMs);
    else pauseMs = isIdle ? shortestPauseMs : 0;
    if (pauseMs > 0) await pause(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Receives once and deals with what came. Never throws. */
export async function receiveOnce(deps: IncomingPollDeps, signal: AbortSignal): Promise<'done' | 'empty' | 'failed'> {
  const { messages, logger } = deps;
  try {
    const received = await messages.receive(signal);
    if (received.length === 0) return 'empty';
    const dealt: ReceivedMessage[] = [];
    for (const message of received) if (await writeDown(deps, message)) dealt.push(message);
    await messages.remove(dealt);
    return dealt.length === received.length ? 'done' : 'failed';
  } catch (error) {
    logger.warn('the queue of incoming objects could not be used', { error });
    return 'failed';
  }
}

/** One message on its own: another one that cannot be written down does not hold it back. */
async function writeDown(deps: IncomingPollDeps, { id, body }: ReceivedMessage): Promise<boolean> {
  const { database, queue, place, logger, now } = deps;
  const { announced, problems, elsewhere } = readNotification(body, place);
  try {
    await database.transaction(async (tx) => {
      for (const object of announced) await enqueueTake(queue, tx, object);
      for (const problem of problems) await new ProblemStore(tx).record(problem, now());
    });
  } catch (error) {
    logger.warn('a message of the bucket could not be written down and will come again', { id, error });
    return false;
  }
  for (const problem of problems) logger.warn('a message of the bucket was refused', { id, problem });
  if (elsewhere > 0)
    logger.warn('the bucket tells of objects outside of incoming/: give its notification that prefix', { elsewhere });
  return true;
}
