import { createStops } from '../features/holds/index.ts';
import { createRecoveryGuard, startRebuilder } from '../features/recovery/index.ts';
import type { RecoveryGuard } from '../features/releases/index.ts';
import type { Foundation } from './foundation.ts';

/** Watches over the memory of the database, and rebuilds in the background what it lost. */
export function startRecovery(foundation: Foundation): RecoveryGuard {
  const { config, repo, lifecycle } = foundation;
  const { store } = foundation.storePlace;
  const rebuilder = startRebuilder({
    ...foundation,
    store,
    stops: createStops(foundation),
    // Who may put artifacts into the bucket without a token may have claimed any branch, and who did is forgotten.
    isProven: (service) => config.ARTIFACT_QUEUE_URL === undefined || repo.snapshot().trustIncoming.includes(service),
  });
  lifecycle.onStop('rebuilder', () => rebuilder.stop());
  return createRecoveryGuard({ ...foundation, store, onLoss: () => rebuilder.wake() });
}
