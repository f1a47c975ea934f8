import type { Database } from '@release-manager/postgres';

import type { ClusterPlace } from '../intake/observation-store.ts';
import { commandChannel, placeName } from './command-store.ts';

/** Somebody who may be told. Joined before the first look, so that what comes between look and wait is not missed. */
export interface CommandWaiter {
  /** Resolves when there may be a command, after so many seconds, or when the signal is aborted. */
  wait(options: { readonly seconds: number; readonly signal: AbortSignal }): Promise<void>;
  leave(): void;
}

export interface CommandWatch {
  join(place: ClusterPlace): CommandWaiter;
  close(): Promise<void>;
}

/** Wakes daemons that wait for commands: one listener for all of them. */
export async function createCommandWatch(database: Database): Promise<CommandWatch> {
  const waiters = new Map<string, Set<() => void>>();
  const wake = (place: string): void => {
    for (const tell of waiters.get(place) ?? []) tell();
  };
  const listener = await database.listen(commandChannel, (place) => {
    // After a reconnect nobody knows what was missed.
    if (place !== undefined) wake(place);
    else for (const each of waiters.keys()) wake(each);
  });
  return {
    join(place) {
      const name = placeName(place);
      const told = Promise.withResolvers<void>();
      waiters.set(name, (waiters.get(name) ?? new Set()).add(told.resolve));
      return {
        async wait({ seconds, signal }) {
          if (signal.aborted) return;
          const timer = setTimeout(told.resolve, seconds * 1000);
          signal.addEventListener('abort', () => told.resolve(), { once: true });
          await told.promise;
          clearTimeout(timer);
        },
        leave() {
          waiters.get(name)?.delete(told.resolve);
          if (waiters.get(name)?.size === 0) waiters.delete(name);
        },
      };
    },
    close: () => listener.close(),
  };
}
