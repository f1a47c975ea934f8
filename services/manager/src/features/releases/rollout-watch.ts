import type { Db } from '@release-manager/postgres';

import type { Release } from './release.ts';

/** Who watches what the clusters make of what was committed, as the writer needs them. */
export interface RolloutWatch {
  /** These reached the config repo; in the transaction that says so. */
  committed(tx: Db, releases: readonly Release[], at: Date): Promise<void>;
}
