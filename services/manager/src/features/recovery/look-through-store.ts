import type { Logger } from '@release-manager/runtime';

import type { AdoptDeps } from '../artifacts/index.ts';
import { begin } from './recovery-guard.ts';
import { RecoveryStore } from './recovery-store.ts';
import { storedServices, unknownArtifacts } from './stored-services.ts';

/**
 * Compares the store with the database, once after each start: a backup that was restored may lack artifacts that were never
 * released since, of which the config repo knows nothing. Only the listing is read.
 */
export async function lookThroughStore(
  deps: Pick<AdoptDeps, 'database' | 'store' | 'now'> & { readonly logger: Logger },
  signal: AbortSignal,
): Promise<void> {
  const { database, store, logger, now } = deps;
  for await (const { artifacts } of storedServices(store)) {
    signal.throwIfAborted();
    // One that has a row and no verdict yet is being verified, or will be: whoever was killed in the middle goes on with it.
    const [missing] = await unknownArtifacts(database, artifacts);
    if (missing === undefined) continue;
    const reason = `the artifact store holds ${missing.key}, which is not recorded`;
    await database.transaction(async (tx) => {
      const recovery = new RecoveryStore(tx);
      if ((await recovery.lock()).state === 'rebuilding') return;
      await begin(tx, recovery, { reason, tip: undefined, history: false, at: now() });
    });
    logger.warn('the database has forgotten artifacts, taking them in; automation is held', { reason });
    return;
  }
}
