import { parseTrailers } from '@release-manager/config-repo';
import type { CommitInfo, Mirror } from '@release-manager/git';
import type { Database } from '@release-manager/postgres';

import { PushAttemptStore, type PushAttempt } from './push-attempt-store.ts';
import { QueueStore } from './queue-store.ts';
import { recordCommitted } from './record-outcome.ts';

/**
 * Finds out what became of pushes whose answer was lost, by a crash or by the network: a release whose `Release-Id` stands
 * in a commit that came after the attempt's base is committed, the others are free to be planned again.
 * @returns how many attempts were settled.
 */
export async function settleAttempts(database: Database, mirror: Mirror, now: () => Date): Promise<number> {
  const attempts = await new PushAttemptStore(database.db).open();
  if (attempts.length === 0) return 0;
  const tip = await mirror.fetch();
  for (const attempt of attempts) {
    const since = tip === undefined ? [] : await mirror.commitsBetween(attempt.base, tip);
    await settleOne(database, attempt, since, now());
  }
  return attempts.length;
}

async function settleOne(
  database: Database,
  attempt: PushAttempt,
  since: readonly CommitInfo[],
  at: Date,
): Promise<void> {
  const commits = new Map<string, string>();
  for (const { oid, message } of since) {
    const releaseId = parseTrailers(message)?.releaseId;
    if (releaseId !== undefined) commits.set(releaseId, oid);
  }
  const landed = attempt.releaseIds.flatMap((releaseId) => {
    const commit = commits.get(releaseId);
    return commit === undefined ? [] : [{ releaseId, commit }];
  });
  await database.transaction(async (tx) => {
    const committed = await new QueueStore(tx).markCommitted(landed, at);
    await recordCommitted(tx, committed, at);
    await new PushAttemptStore(tx).settle(
      attempt.id,
      landed.length > 0 ? 'landed' : 'lost',
      at,
      'settled by reading the config repo',
    );
  });
}
