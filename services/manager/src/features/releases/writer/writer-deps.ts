import type { Logger } from '@release-manager/runtime';

import type { ConfigRepo, FolderIndex } from '../../config-repo/index.ts';
import type { RolloutWatch } from '../rollout-watch.ts';
import type { BatchDeps } from './plan-batch.ts';

export interface WriterDeps extends BatchDeps {
  readonly repo: ConfigRepo;
  readonly index: FolderIndex;
  readonly logger: Logger;
  readonly hops: WriterHops;
  readonly rollouts?: RolloutWatch | undefined;
}

export interface WriterHops {
  /** Seconds from queued to pushed, of one release. */
  pushed(seconds: number): void;
  /** Releases in one push. */
  batch(size: number): void;
}
