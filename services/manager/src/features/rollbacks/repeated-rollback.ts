import { AppError } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { ReleaseStore } from '../releases/index.ts';
import { targetAt } from './choose-target.ts';
import { readHistory } from './read-situation.ts';
import type { Rollback, RollbackOutcome } from './rollback.ts';

/**
 * The answer to a request that was made before under the same key.
 * @throws AppError conflict `rollback.key-reused` when something else was asked for under it
 */
export async function repeatedOutcome(tx: Db, rollback: Rollback, hash: string | undefined): Promise<RollbackOutcome> {
  if (rollback.requestHash !== hash) {
    throw new AppError('conflict', 'rollback.key-reused', 'Something else was asked for under this idempotency key.', {
      next: 'use a new key for a new request',
      details: { rollback: rollback.id },
    });
  }
  const { service, environment, toArtifactId, releaseId, fromArtifactId } = rollback;
  const releases = await new ReleaseStore(tx).findMany([
    ...rollback.cancelled,
    ...(releaseId === undefined ? [] : [releaseId]),
  ]);
  const release = releases.get(releaseId ?? '');
  const { past } = await readHistory(tx, { service, environment }, toArtifactId);
  const isDenied = release?.state === 'denied';
  return {
    outcome: isDenied ? 'denied' : releaseId === undefined ? 'done' : 'accepted',
    service,
    environment,
    message: `asked for before under the same key${releaseId === undefined ? '' : `, as ${releaseId}`}`,
    from: fromArtifactId,
    to: targetAt(
      toArtifactId,
      past.filter(({ id }) => id !== releaseId),
    ),
    release,
    cancelled: rollback.cancelled.flatMap((id) => releases.get(id) ?? []),
    held: !isDenied,
    quarantined: isDenied ? [] : rollback.quarantined,
    notQuarantined: [],
  };
}
