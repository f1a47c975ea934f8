import { setTimeout as wait } from 'node:timers/promises';

import { reportObservations, type Client, type DaemonFacts, type SentObservation } from '@release-manager/contract';
import { AppError, messageOf } from '@release-manager/domain';
import { backoff, type Logger } from '@release-manager/runtime';

import type { Outbox } from '../outbox/index.ts';

export interface DeliveryOptions {
  readonly client: Client;
  readonly outbox: Outbox;
  /** What the daemon says of itself now. */
  readonly describe: () => Described;
  /** Called when a new outbox began: everything has to be told again. */
  readonly onStartOver: () => void;
  readonly logger: Logger;
  readonly timing?: Partial<DeliveryTiming>;
}

export interface DeliveryTiming {
  /** Milliseconds after something was put in until it is sent: what comes together goes together. */
  readonly gatherMs: number;
  /** Milliseconds between two signs of life when there is nothing to tell. */
  readonly heartbeatMs: number;
  readonly base: number;
  readonly cap: number;
  readonly random: () => number;
}

const usualTiming: DeliveryTiming = {
  gatherMs: 50,
  heartbeatMs: 20_000,
  base: 500,
  cap: 30_000,
  random: Math.random,
};

type Described = Omit<DaemonFacts, 'backlog'>;
type Answer = { readonly acknowledged: number; readonly startOver: boolean };

/** Sends what waits in the outbox, in order, one batch after the other, and a sign of life when nothing does. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #timing: DeliveryTiming;
  readonly #stop = new AbortController();
  #wake = Promise.withResolvers<void>();
  #failures = 0;
  #most: number | undefined;
  #lastDescribed = '';
  #done: Promise<void> | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#timing = { ...usualTiming, ...options.timing };
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Something was put into the outbox, or the daemon has something else to say of itself. */
  wake(): void {
    this.#wake.resolve();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the daemon stops'));
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      const progress = await this.#sendOnce().catch((error: unknown) => this.#failed(error));
      if (!progress) await this.#pause(backoff(this.#failures, this.#timing));
      else if (!this.#hasNews()) await this.#awaitNews();
    }
  }

  /** @returns false where it would be the same to try again at once. */
  async #sendOnce(): Promise<boolean> {
    const { outbox, describe } = this.#options;
    const observations = outbox.next(this.#most);
    const described = describe();
    let answer: Answer;
    try {
      answer = await this.#report(described, observations);
    } catch (error) {
      if (observations.length === 0 || !isAboutBody(error)) throw error;
      return this.#refused(described, observations, messageOf(error));
    }
    this.#lastDescribed = JSON.stringify(described);
    this.#most = undefined;
    return this.#take(answer, observations);
  }

  #report(described: Described, observations: SentObservation[]): Promise<Answer> {
    const { client, outbox } = this.#options;
    const input = {
      outbox: outbox.id,
      daemon: { ...described, backlog: Math.max(0, outbox.backlog - observations.length) },
      acknowledged: outbox.acknowledged,
      observations,
    };
    return client.call(reportObservations, input, this.#stop.signal);
  }

  #take({ acknowledged, startOver }: Answer, sent: readonly SentObservation[]): boolean {
    const { outbox, logger, onStartOver } = this.#options;
    if (startOver || acknowledged > outbox.last) {
      logger.warn('the manager asks for everything again', { startOver, acknowledged, last: outbox.last });
      outbox.startOver();
      onStartOver();
    } else {
      outbox.acknowledge(acknowledged);
      const [first] = sent;
      if (first !== undefined && acknowledged < first.sequence) {
        this.#failures += 1;
        logger.warn('the manager took nothing of a batch', { acknowledged, first: first.sequence });
        return false;
      }
    }
    this.#failures = 0;
    return true;
  }

  /** One observation that the manager cannot read must not hold up all others for ever: it is found by halving the batch. */
  async #refused(described: Described, sent: readonly SentObservation[], why: string): Promise<boolean> {
    const [first] = sent;
    if (first === undefined || sent.length > 1) {
      this.#most = Math.ceil(sent.length / 2);
      return true;
    }
    // Only where an empty batch is taken is it the observation that is wrong.
    await this.#report(described, []);
    this.#options.outbox.discard(first.sequence, `the manager refuses it: ${why}`);
    return true;
  }

  #failed(error: unknown): boolean {
    if (this.#stop.signal.aborted) return true;
    this.#failures += 1;
    const next = error instanceof AppError ? error.next : undefined;
    const fields = { error: messageOf(error), next, failures: this.#failures, backlog: this.#options.outbox.backlog };
    // One lost connection is nothing to tell a person of; a refusal and an absence are.
    if (this.#failures === 1) this.#options.logger.info('the manager could not be told', fields);
    else this.#options.logger.warn('the manager could not be told', fields);
    return false;
  }

  #hasNews(): boolean {
    return this.#options.outbox.backlog > 0 || JSON.stringify(this.#options.describe()) !== this.#lastDescribed;
  }

  async #awaitNews(): Promise<void> {
    const { gatherMs, heartbeatMs } = this.#timing;
    const waiting = new AbortController();
    const signal = AbortSignal.any([this.#stop.signal, waiting.signal]);
    const heartbeat = wait(heartbeatMs, undefined, { signal }).catch(() => undefined);
    const woken = this.#wake.promise.then(() => wait(gatherMs, undefined, { signal }).catch(() => undefined));
    await Promise.race([heartbeat, woken]);
    waiting.abort();
  }

  async #pause(milliseconds: number): Promise<void> {
    await wait(milliseconds, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}

/** The codes of a manager that read the body and did not like it. */
function isAboutBody(error: unknown): boolean {
  return (
    error instanceof AppError && ['http.body', 'http.too-large', 'http.text', 'http.encoding'].includes(error.code)
  );
}
