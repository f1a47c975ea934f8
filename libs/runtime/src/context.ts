import { AsyncLocalStorage } from 'node:async_hooks';

/** What a log line is about; every line written below `run` carries them. */
export interface ContextIds {
  readonly requestId?: string;
  readonly jobId?: string;
  readonly releaseId?: string;
  /** The name of the actor, never a token. */
  readonly actor?: string;
}

export interface Context {
  /** Runs the work with these ids added to those already there; they follow it through every await. */
  run<Result>(ids: ContextIds, work: () => Result): Result;
  /** The ids of the work that is running now. */
  current(): ContextIds;
}

/** Ids that follow the work over AsyncLocalStorage, so that no function has to pass them on. */
export function createContext(): Context {
  const storage = new AsyncLocalStorage<ContextIds>();
  return {
    run: (ids, work) => storage.run({ ...storage.getStore(), ...ids }, work),
    current: () => storage.getStore() ?? {},
  };
}
