import { Observation } from '@release-manager/contract';
import { messageOf } from '@release-manager/domain';
import type { Logger } from '@release-manager/runtime';

import type { Outbox } from '../outbox/index.ts';
import { News, type ObjectObservation } from './news.ts';

/**
 * Puts observations into the outbox. Where the disk refuses one, that is remembered: what is lost can be told again, since
 * the objects are still there, and `recover` says when.
 */
export class Reporter {
  readonly #outbox: Pick<Outbox, 'append'>;
  readonly #logger: Logger;
  readonly #news = new News();
  #lost = 0;

  constructor(outbox: Pick<Outbox, 'append'>, logger: Logger) {
    this.#outbox = outbox;
    this.#logger = logger;
  }

  /** Puts it in when it says something new of its object. */
  publish(observation: ObjectObservation): void {
    if (this.#news.isNews(observation) && !this.report(observation)) this.#news.forget(observation);
  }

  /** @returns whether it was put in. */
  report(observation: Observation): boolean {
    const parsed = Observation.safeParse(observation);
    if (!parsed.success) {
      // A defect of ours; it must not stop all others at the manager's door.
      const [issue] = parsed.error.issues;
      const { type } = observation;
      this.#logger.error('an observation does not fit the contract', {
        type,
        path: issue?.path.join('.'),
        why: issue?.message,
      });
      return true;
    }
    try {
      this.#outbox.append(observation);
      return true;
    } catch (error) {
      this.#lost += 1;
      if (this.#lost === 1) this.#logger.error('an observation was lost', { error: messageOf(error) });
      return false;
    }
  }

  /** An object that is gone without a word. */
  forgetObject(uid: string): void {
    this.#news.forgetObject(uid);
  }

  /** From now on everything is worth saying again. */
  forgetEverything(): void {
    this.#news.clear();
  }

  /** How many were lost since it was asked last. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }
}
