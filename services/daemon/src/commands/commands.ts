import { setTimeout as wait } from 'node:timers/promises';

import { finishCommand, takeCommands, type BodyOf, type Client, type DaemonCommand } from '@release-manager/contract';
import { AppError, messageOf } from '@release-manager/domain';
import { backoff, type Logger, type Redactor } from '@release-manager/runtime';

import { readLog } from '../crash-logs/index.ts';
import type { ApiClient } from '../kubernetes/index.ts';
import { cut, resourcePath, resourceTypes, textAt } from '../objects/index.ts';
import { managedLabel } from '../observe/index.ts';
import { pokeFlux, type Receiver } from './poke-flux.ts';

export interface CommandsOptions {
  readonly client: Client;
  readonly kubernetes: ApiClient;
  readonly outbox: { readonly id: string };
  readonly receiver: Receiver | undefined;
  readonly redactor: Redactor;
  readonly logger: Logger;
  readonly timing?: { readonly base: number; readonly cap: number };
}

type Result = BodyOf<typeof finishCommand>;

const waitSeconds = 25;
/** With what JSON adds it stays below the size of a request. */
const logLimits = { line: 4_000, all: 400_000 } as const;
/** Somebody waits; below the lease, after which the log is asked for again. */
const fetchMs = 15_000;
/** Commands that run at once: one slow log keeps neither other logs nor Flux waiting. */
const mostAtOnce = 10;
const finishTries = 5;

/** Asks the manager what to do, does it, and says what became of it. Every command is safe to run twice. */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #stop = new AbortController();
  /** By id: what is leased again while it still runs is not begun twice. */
  readonly #running = new Map<string, Promise<void>>();
  #done: Promise<void> | undefined;

  constructor(options: CommandsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the daemon stops'));
    await this.#done;
    await Promise.all(this.#running.values());
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { client, outbox, logger } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const { commands } = await client.call(takeCommands, { wait: waitSeconds, outbox: outbox.id }, signal);
        for (const command of commands) this.#begin(command);
        failures = 0;
        while (this.#running.size >= mostAtOnce) await Promise.race(this.#running.values());
      } catch (error) {
        failures += 1;
        // The delivery tells what is wrong with the manager.
        logger.debug('no commands could be taken', { error: messageOf(error) });
        await this.#pause(failures);
      }
    }
  }

  #begin(command: DaemonCommand): void {
    const { id } = command;
    if (this.#running.has(id)) return;
    this.#running.set(
      id,
      this.#perform(command).finally(() => this.#running.delete(id)),
    );
  }

  async #perform(command: DaemonCommand): Promise<void> {
    const { logger } = this.#options;
    const result = await this.#resultOf(command).catch((error: unknown): Result => ({
      outcome: 'failed',
      message: this.#words(error),
    }));
    const { outcome, message } = result;
    logger.info('a command was run', { command: command.id, kind: command.kind, outcome, why: message });
    await this.#finish(command.id, result);
  }

  #resultOf(command: DaemonCommand): Promise<Result> {
    switch (command.kind) {
      case 'flux.poke':
        return this.#poke();
      case 'logs.fetch':
        return this.#fetchLogs(command);
    }
  }

  async #poke(): Promise<Result> {
    const { receiver } = this.#options;
    if (receiver === undefined) {
      return { outcome: 'failed', message: 'FLUX_RECEIVER_URL is not set: Flux looks by itself at its interval.' };
    }
    await pokeFlux(receiver, this.#stop.signal);
    return { outcome: 'done' };
  }

  async #fetchLogs(command: Extract<DaemonCommand, { kind: 'logs.fetch' }>): Promise<Result> {
    const { kubernetes, redactor } = this.#options;
    const { namespace, pod, container, previous } = command;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(fetchMs)]);
    await this.#assertOurs(namespace, pod, signal);
    const stream = previous ? ('previous' as const) : ('current' as const);
    const limits = { lines: command.lines, ...logLimits };
    const log = await readLog(kubernetes, { namespace, pod, container, stream, limits }, { redactor, signal });
    if (log.unavailable !== undefined) return { outcome: 'failed', message: log.unavailable };
    const other = log.stream === stream ? {} : { message: `There is no ${stream} log: this is the ${log.stream} one.` };
    return { outcome: 'done', lines: log.lines, cut: log.cut, ...other };
  }

  /** The service account may read every log of the cluster; the manager is shown those of its services. */
  async #assertOurs(namespace: string, name: string, signal: AbortSignal): Promise<void> {
    const path = resourcePath(resourceTypes.pods, { version: 'v1', namespace, name });
    const pod = await this.#options.kubernetes.get(path, signal);
    if (textAt(pod, 'metadata', 'labels', managedLabel) === 'true') return;
    throw new AppError(
      'forbidden',
      'logs.not-ours',
      `The pod ${name} in ${namespace} belongs to no service of the manager.`,
    );
  }

  /** A result that gets lost is asked for again after the lease; only a person who waits for it loses time. */
  async #finish(id: string, result: Result): Promise<void> {
    const { client, logger } = this.#options;
    for (let attempt = 1; attempt <= finishTries && !this.#stop.signal.aborted; attempt += 1) {
      try {
        await client.call(finishCommand, { id, ...result }, this.#stop.signal);
        return;
      } catch (error) {
        logger.info('the result of a command could not be told', { command: id, error: messageOf(error) });
        await this.#pause(attempt);
      }
    }
  }

  #words(error: unknown): string {
    return cut(this.#options.redactor.redact(messageOf(error)), 2_000);
  }

  async #pause(failures: number): Promise<void> {
    const { base = 1_000, cap = 30_000 } = this.#options.timing ?? {};
    const delay = backoff(failures, { base, cap, random: Math.random });
    await wait(delay, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
