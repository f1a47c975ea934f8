import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { ReleaseStore } from '../releases/index.ts';
import type { RebuiltRelease } from './rebuilt-release.ts';

/**
 * Ends what a restored backup still has in its queue although a release that was asked for later is committed on the same
 * target: in the time that is forgotten it was refused or gave way, and going out now would undo what came after it.
 */
export async function supersedeOvertaken(tx: Db, found: readonly RebuiltRelease[], at: Date): Promise<void> {
  const store = new ReleaseStore(tx);
  for (const pending of await store.pendingOf([...new Set(found.map(({ service }) => service))])) {
    const later = found.findLast(
      (release) =>
        release.service === pending.service &&
        release.environment === pending.environment &&
        release.requestedAt > pending.requestedAt,
    );
    if (later === undefined) continue;
    if (!(await store.transition(pending, { to: 'superseded', at, supersededBy: later.id }))) continue;
    await appendLedger(tx, {
      kind: 'release.superseded',
      actor: { kind: 'manager' },
      service: pending.service,
      environment: pending.environment,
      artifactId: pending.artifactId,
      releaseId: pending.id,
      from: pending.state,
      to: 'superseded',
      cause: `the database forgot that ${later.id}, asked for later, was committed to ${pending.environment}: ${later.commit}`,
      details: { supersededBy: later.id },
      at,
    });
  }
}
