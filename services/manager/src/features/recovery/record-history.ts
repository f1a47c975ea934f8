import { actorName } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedgerEntries, type NewLedgerEntry } from '../ledger/index.ts';
import { HistoryStore, type HistoricRelease } from './history-store.ts';
import type { RebuiltRelease } from './rebuilt-release.ts';

/** A statement takes 65,535 values. */
const entriesAtOnce = 1_000;

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
  const entries = releases
    .filter(({ id }) => inserted.has(id) || committed.has(id))
    .map((release) => rebuiltEntry(release, { from: committed.get(release.id), at }));
  for (let start = 0; start < entries.length; start += entriesAtOnce)
    await appendLedgerEntries(tx, entries.slice(start, start + entriesAtOnce));
  return inserted.size + committed.size;
}

/** The time is that of the commit, so that history reads as it went; that it was written later is said with it. */
function rebuiltEntry(
  release: HistoricRelease,
  { from, at }: { readonly from: string | undefined; readonly at: Date },
): NewLedgerEntry {
  const what = release.artifactId ?? 'an undeploy';
  return {
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
  };
}
