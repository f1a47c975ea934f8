import { actorName } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { HistoryStore, type HistoricRelease } from './history-store.ts';
import type { RebuiltRelease } from './rebuilt-release.ts';

/** What each release replaced in its place. `current` is what lay there before the first of them, and is carried on. */
export function withReplaced(
  oldestFirst: readonly RebuiltRelease[],
  current: Map<string, string>,
): readonly HistoricRelease[] {
  return oldestFirst.map((release) => {
    const target = `${release.environment}/${release.service}`;
    const replacedArtifactId = current.get(target);
    if (release.artifactId === undefined) current.delete(target);
    else current.set(target, release.artifactId);
    return { ...release, replacedArtifactId };
  });
}

/**
 * Records what commits tell of releases: those that the database does not know, and those that it believes to be still under
 * way. Recording twice changes nothing. The ledger says of each where it comes from.
 * @returns how many were recorded
 */
export async function recordHistory(
  tx: Db,
  releases: readonly HistoricRelease[],
  { place, at }: { readonly place: 'before' | 'after'; readonly at: Date },
): Promise<number> {
  const store = new HistoryStore(tx);
  const committed = await store.markCommitted(releases, at);
  const inserted = await store.insert(releases, place, at);
  for (const release of releases) {
    if (!inserted.has(release.id) && !committed.has(release.id)) continue;
    await appendRebuilt(tx, release, { from: committed.get(release.id), at });
  }
  return inserted.size + committed.size;
}

/** The time is that of the commit, so that history reads as it went; that it was written later is said with it. */
async function appendRebuilt(
  tx: Db,
  release: HistoricRelease,
  { from, at }: { readonly from: string | undefined; readonly at: Date },
): Promise<void> {
  const what = release.artifactId ?? 'an undeploy';
  await appendLedger(tx, {
    // Not `release.committed`: whoever tells people of that has told them of this one.
    kind: 'release.rebuilt',
    actor: release.actor,
    service: release.service,
    environment: release.environment,
    artifactId: release.artifactId,
    releaseId: release.id,
    from,
    to: 'committed',
    cause: `${actorName(release.actor)} had ${what} committed to ${release.environment}; rebuilt from ${release.commit}`,
    details: {
      commit: release.commit,
      intent: release.intent,
      requestedAt: release.requestedAt.toISOString(),
      rebuiltAt: at.toISOString(),
      ...(release.replacedArtifactId === undefined ? {} : { replaced: release.replacedArtifactId }),
    },
    at: release.committedAt,
  });
}
