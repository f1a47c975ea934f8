import { setTimeout as wait } from 'node:timers/promises';

import type { Logger } from './logger.ts';
import { withTimeout } from './timing.ts';

/** The part of `process` that is used here; a stand-in for it in tests. */
export interface ProcessPort {
  on(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
}

export interface LifecycleOptions {
  readonly logger: Logger;
  readonly process?: ProcessPort;
  /** For each stop that names no limit of its own. */
  readonly stopTimeoutMs?: number;
}

export interface Lifecycle {
  /** What is started last is stopped first, so that nothing loses what it stands on. May be called while stopping. */
  onStop(name: string, stop: () => Promise<void> | void, options?: { readonly timeoutMs?: number }): void;
  /** Fires at the signal that asks the process to go, while everything still works: whoever sends work here may stop doing so. */
  readonly leaving: AbortSignal;
  /** Fires as soon as stopping begins: long polls and workers end of it. */
  readonly stopping: AbortSignal;
  /**
   * From now on a SIGTERM or SIGINT lets everything work for so many milliseconds before it stops. Said by what has begun to
   * answer: a process that is still starting has nobody to wait for. An error that nobody caught does not wait.
   */
  drainFor(milliseconds: number): void;
  /** Stops everything and exits, with 1 if anything went wrong on the way. Calls after the first join it. */
  stop(reason: string, exitCode?: number): Promise<void>;
}

const mostFatalErrors = 20;
const signals = { SIGINT: 130, SIGTERM: 143 } as const;

interface Stop {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
  readonly timeoutMs: number;
}

/**
 * One process's end: the first SIGTERM or SIGINT stops gracefully, a second one exits at once. An error that nobody caught
 * leaves the process in a state that nobody knows, so it is logged and the process stops with exit code 1.
 */
export function createLifecycle(options: LifecycleOptions): Lifecycle {
  const { logger, process: host = process, stopTimeoutMs = 10_000 } = options;
  const stops: Stop[] = [];
  const leaving = new AbortController();
  const hurry = new AbortController();
  const controller = new AbortController();
  let exitCode = 0;
  let drainMs = 0;
  let stopped: Promise<void> | undefined;

  async function drain(reason: string): Promise<void> {
    logger.info('draining', { reason, seconds: drainMs / 1000 });
    await wait(drainMs, undefined, { signal: hurry.signal }).catch(() => undefined);
  }

  async function stopAll(reason: string): Promise<void> {
    leaving.abort(new Error(`leaving: ${reason}`));
    if (drainMs > 0 && !hurry.signal.aborted) await drain(reason);
    logger.info('stopping', { reason });
    controller.abort(new Error(`stopping: ${reason}`));
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) {
      if (!(await stopOne(next, logger))) exitCode = 1;
    }
    logger.info('stopped', { exitCode });
    host.exit(exitCode);
  }

  const begin = (reason: string): Promise<void> => (stopped ??= stopAll(reason));
  const stop = (reason: string, code = 0): Promise<void> => {
    exitCode = Math.max(exitCode, code);
    hurry.abort();
    return begin(reason);
  };
  let told = 0;
  const fatal = (kind: string) => (error: unknown) => {
    // One error may make the next while everything is being stopped: telling of each could go on for ever.
    if ((told += 1) <= mostFatalErrors) logger.error('fatal error', { kind, error });
    void stop(kind, 1);
  };

  for (const [signal, code] of Object.entries(signals)) {
    host.on(signal, () => {
      if (stopped === undefined) void begin(signal);
      else host.exit(code);
    });
  }
  host.on('uncaughtException', fatal('uncaughtException'));
  host.on('unhandledRejection', fatal('unhandledRejection'));

  return {
    onStop: (name, stopIt, { timeoutMs = stopTimeoutMs } = {}) => {
      stops.push({ name, stop: stopIt, timeoutMs });
    },
    leaving: leaving.signal,
    stopping: controller.signal,
    drainFor: (milliseconds) => {
      drainMs = milliseconds;
    },
    stop,
  };
}

async function stopOne({ name, stop, timeoutMs }: Stop, logger: Logger): Promise<boolean> {
  try {
    await withTimeout({ milliseconds: timeoutMs, what: `stopping ${name}` }, async () => stop());
    logger.debug('part stopped', { part: name });
    return true;
  } catch (error) {
    logger.error('part did not stop', { part: name, error });
    return false;
  }
}
