import type { RecoveryView } from '@release-manager/contract';

import type { Recovery, SkippedObject } from './recovery.ts';

/** The memory of the database as the API shows it. */
export function toRecoveryView(
  recovery: Recovery,
  facts: { readonly held: number; readonly skipped: readonly SkippedObject[] },
): RecoveryView {
  const { state, reason, services, releases, artifacts } = recovery;
  return {
    state,
    automationHeld: state !== 'whole',
    says: recoveryWords(recovery),
    held: facts.held,
    services,
    releases,
    artifacts,
    history: { done: recovery.historyDone, read: recovery.commitsRead, commits: recovery.commits },
    store: { done: recovery.storeDone, at: recovery.storeAt },
    skipped: [...facts.skipped],
    ...(reason === undefined ? {} : { reason }),
    ...(recovery.foundAt === undefined ? {} : { foundAt: recovery.foundAt.toISOString() }),
    ...(recovery.rebuiltAt === undefined ? {} : { rebuiltAt: recovery.rebuiltAt.toISOString() }),
    ...(recovery.resumedAt === undefined ? {} : { resumedAt: recovery.resumedAt.toISOString() }),
  };
}

/** One line for readiness, doctor and people. */
export function recoveryWords(recovery: Recovery): string {
  const { state, services, releases, artifacts } = recovery;
  const found = `${services} services, ${releases} releases, ${artifacts} artifacts`;
  switch (state) {
    case 'whole':
      return 'nothing is known to be missing';
    case 'rebuilding':
      return `the database lost its memory and is being rebuilt: ${found} so far, ${progressOf(recovery)}; automation is held`;
    case 'held':
      return `the database was rebuilt (${found}); automation is held until an administrator resumes it`;
  }
}

function progressOf({ historyDone, commits, commitsRead, storeDone, storeAt }: Recovery): string {
  const history = historyDone
    ? 'history is read'
    : commits === undefined
      ? 'history is being fetched'
      : `${commitsRead} of ${commits} commits are read`;
  const store = storeDone ? 'the store is read' : `the store is read up to ${storeAt ?? 'nothing yet'}`;
  return `${history}, ${store}`;
}
