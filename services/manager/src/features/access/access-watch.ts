import { messageOf } from '@release-manager/domain';
import type { Logger } from '@release-manager/runtime';

import type { ConfigRepo } from '../config-repo/index.ts';
import { accessInForce, type AccessInForce } from './access-in-force.ts';
import { createRecorder } from './access-recorder.ts';
import { advanceAccess, type AccessState } from './access-state.ts';
import { AccessStore } from './access-store.ts';
import { recordAccess, type RecordAccessDeps } from './record-access.ts';

/** What counts of people and rights in this process. */
export interface AccessWatch {
  /** As of the last look at the config repo; what is removed there is gone here at once. No I/O. */
  current(): AccessInForce;
  /** Resolves when nothing is left to be recorded, or has to wait for its next try. */
  idle(): Promise<void>;
  close(): void;
}

export interface AccessWatchDeps extends RecordAccessDeps {
  readonly repo: Pick<ConfigRepo, 'mirror' | 'adopt' | 'snapshot' | 'onChange'>;
  readonly logger: Logger;
}

/**
 * Follows `people.yaml` and `rights`. What a process reads counts for its requests at once; the store behind is for what it did
 * not see itself, before a restart or while another process was faster, and for the ledger.
 * @throws AppError unavailable while the database does not answer
 */
export async function watchAccess(deps: AccessWatchDeps): Promise<AccessWatch> {
  const { database, repo, logger } = deps;
  let seen = repo.snapshot();
  let state: AccessState = (await new AccessStore(database.db).read())?.state ?? {};
  let inForce = accessInForce(state, seen);
  const look = (from: AccessState): void => {
    seen = repo.snapshot();
    state = advanceAccess(from, seen);
    inForce = accessInForce(state, seen);
  };
  let changes = 0;
  const recorder = createRecorder({
    async work() {
      const before = changes;
      const stored = await recordAccess(deps);
      // A version between two looks of ours may be the one that counts while the file is broken now. What was seen meanwhile
      // is newer than the store, and is recorded next.
      if (stored !== undefined && changes === before) look(stored.state);
    },
    failed: (error, pauseMs) =>
      logger.warn('changes of people and rights could not be recorded yet', { error: messageOf(error), pauseMs }),
  });
  repo.onChange(({ people, rights }) => {
    const differs = people !== seen.people || rights !== seen.rights;
    look(state);
    if (!differs) return;
    changes += 1;
    recorder.wake();
  });
  look(state);
  if (seen.commit !== '') recorder.wake();
  return { current: () => inForce, idle: () => recorder.idle(), close: () => recorder.close() };
}
