import type { Db } from '@release-manager/postgres';

import { ReleaseStore, type Release } from '../releases/index.ts';

/** What stands between the target and the config repo, in the order in which it will be committed. */
export interface TargetQueue {
  /** May be taken back; an undeploy that follows from a move of the service is not among them. */
  readonly free: readonly Release[];
  /** Is part of a push, and will be in the config repo whatever is done now; or is a rollback itself. */
  readonly fixed: readonly Release[];
  /** The last that says what the target will hold. */
  readonly newest: Release | undefined;
  readonly isEmptyWithoutFree: boolean;
}

/** The caller holds the lock of the target. What is free stays so until the transaction ends. */
export async function readQueue(tx: Db, target: { service: string; environment: string }): Promise<TargetQueue> {
  const pending = await new ReleaseStore(tx).pendingLocked(target);
  const pushed = new Set(pending.pushed.map(({ id }) => id));
  const queued = [...pending.free, ...pending.pushed]
    .filter(({ state }) => state === 'queued')
    .toSorted((a, b) => (a.queueSeq ?? 0) - (b.queueSeq ?? 0));
  const free = queued.filter((release) => !pushed.has(release.id) && isAboutTheTarget(release) && !isRollback(release));
  const fixed = queued.filter((release) => isAboutTheTarget(release) && !free.includes(release));
  return {
    free,
    fixed,
    newest: queued.findLast(isAboutTheTarget),
    isEmptyWithoutFree: queued.length === free.length,
  };
}

/** Leaving a namespace says nothing of what the service is in the environment. */
function isAboutTheTarget({ leavesNamespace }: Release): boolean {
  return leavesNamespace === undefined;
}

function isRollback({ intent }: Release): boolean {
  return intent === 'rollback';
}
