import { parseTrailers } from '@release-manager/config-repo';
import type { CommitInfo, Oid } from '@release-manager/git';

import { PushAttemptStore, type PushAttempt } from './push-attempt-store.ts';
import { QueueStore } from './queue-store.ts';
import { recordCommitted } from './record-outcome.ts';
import type { WriterDeps } from './writer-deps.ts';

type SettleDeps = Pick<WriterDeps, 'database' | 'stops' | 'rollouts'>;

/**
 * Finds out what became of pushes whose answer was lost, by a crash or by the network: a release whose `Release-Id` stands
 * in a commit that came after the attempt's base is committed, the others are free to be planned again.
 *
 * An attempt whose base still is the tip stays open: it did not land so far, but a process that was paused in the middle of
 * its push may still send it. Planning its releases again on that very base is safe, because only one of the two pushes can
 * move the branch away from it; on any other base it would not be.
 * @returns the tip that everything was compared with, on which the next plan has to build; undefined when nothing was open.
 */
export async function settleAttempts(
  deps: SettleDeps & Pick<WriterDeps, 'repo' | 'now'>,
): Promise<{ readonly tip: Oid | undefined } | undefined> {
  const { database, repo, now } = deps;
  const { mirror } = repo;
  const attempts = await new PushAttemptStore(database.db).open();
  if (attempts.length === 0) return undefined;
  const tip = await mirror.fetch();
  for (const attempt of attempts) {
    if (attempt.base === tip) continue;
    const since = tip === undefined ? [] : await mirror.commitsBetween(attempt.base, tip);
    await settleOne(deps, attempt, since, now());
  }
  return { tip };
}

async function settleOne(
  { database, stops, rollouts }: SettleDeps,
  attempt: PushAttempt,
  since: readonly CommitInfo[],
  at: Date,
): Promise<void> {
  const found = new Map<string, { readonly commit: Oid; readonly replacedArtifactId: string | undefined }>();
  for (const { oid, message } of since) {
    const trailers = parseTrailers(message);
    if (trailers?.releaseId === undefined) continue;
    found.set(trailers.releaseId, { commit: oid, replacedArtifactId: trailers.replaces });
  }
  const landed = attempt.releaseIds.flatMap((releaseId) => {
    const landed = found.get(releaseId);
    return landed === undefined ? [] : [{ releaseId, ...landed }];
  });
  const itself = since.some(({ oid }) => oid === attempt.tip);
  await database.transaction(async (tx) => {
    const committed = await new QueueStore(tx).markCommitted(landed, at);
    await recordCommitted(tx, committed, at);
    await rollouts?.committed(tx, committed, at);
    await stops?.settle(
      tx,
      committed.map(({ id }) => id),
      'committed',
      at,
    );
    await new PushAttemptStore(tx).settle(
      attempt.id,
      itself ? 'landed' : 'lost',
      at,
      'found out by reading the branch',
    );
  });
}
