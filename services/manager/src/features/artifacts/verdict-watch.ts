import { setTimeout as pause } from 'node:timers/promises';

import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

export interface WaitOptions {
  readonly seconds: number;
  /** Ends the waiting early. */
  readonly signal: AbortSignal;
}

export interface VerdictWatchDeps {
  readonly database: Database;
  readonly logger: Logger;
}

/** Should a notification be lost in spite of everything. */
const backstopMs = 2_000;
/** Pause between two looks: the ledger speaks up for every release there is. */
const pauseMs = 25;
const mostWaiters = 1_000;

/**
 * Wakes those who wait for the verdict on an artifact: one listener and one query per look for all of them, and neither while
 * nobody waits.
 */
export class VerdictWatch {
  readonly #deps: VerdictWatchDeps;
  readonly #waiters = new Map<string, Set<() => void>>();
  #count = 0;
  #end: (() => void) | undefined;
  #looking = false;
  #again = false;

  constructor(deps: VerdictWatchDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when there may be a verdict, the time is over or the signal is aborted; the caller looks for itself.
   * @throws AppError limited `artifact.too-many-waiters`
   */
  async wait(id: string, { seconds, signal }: WaitOptions): Promise<void> {
    if (signal.aborted) return;
    if (this.#count >= mostWaiters) throw tooMany();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, seconds * 1000);
    signal.addEventListener('abort', () => resolve(), { once: true });
    this.#join(id, resolve);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#leave(id, resolve);
    }
  }

  #join(id: string, resolve: () => void): void {
    this.#waiters.set(id, (this.#waiters.get(id) ?? new Set()).add(resolve));
    this.#count += 1;
    this.#end ??= this.#begin();
    // A verdict that fell between the caller's look and this line is seen by this look.
    this.#wake();
  }

  #leave(id: string, resolve: () => void): void {
    const waiting = this.#waiters.get(id);
    waiting?.delete(resolve);
    if (waiting?.size === 0) this.#waiters.delete(id);
    this.#count -= 1;
    if (this.#count > 0) return;
    this.#end?.();
    this.#end = undefined;
  }

  #begin(): () => void {
    const listening = this.#deps.database.listen('ledger', () => this.#wake());
    const backstop = setInterval(() => this.#wake(), backstopMs);
    return () => {
      clearInterval(backstop);
      void listening.then((listener) => listener.close());
    };
  }

  #wake(): void {
    this.#again = true;
    if (this.#looking) return;
    this.#looking = true;
    void this.#lookWhileWoken();
  }

  async #lookWhileWoken(): Promise<void> {
    while (this.#again && this.#count > 0) {
      this.#again = false;
      await this.#look();
      await pause(pauseMs);
    }
    this.#looking = false;
  }

  async #look(): Promise<void> {
    try {
      const rows = await this.#deps.database
        .db<{ id: string }>('artifacts')
        .whereIn('id', [...this.#waiters.keys()])
        .whereIn('state', ['ready', 'rejected'])
        .select('id');
      for (const { id } of rows) for (const resolve of this.#waiters.get(id) ?? []) resolve();
    } catch (error) {
      this.#deps.logger.warn('verdicts could not be looked for', { error });
    }
  }
}

function tooMany(): AppError {
  return new AppError('limited', 'artifact.too-many-waiters', `${mostWaiters} are waiting for verdicts already.`, {
    next: 'ask again in a moment, without `wait`',
  });
}
