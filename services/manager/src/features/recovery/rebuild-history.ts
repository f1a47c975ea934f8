import type { Mirror, Oid } from '@release-manager/git';
import type { Database } from '@release-manager/postgres';

import { rebuiltReleases } from './rebuilt-release.ts';
import { recordHistory, withReplaced } from './record-history.ts';
import { RecoveryStore } from './recovery-store.ts';

/** Releases in one transaction: a kill costs the work of one, and nobody waits long for its locks. */
const batchSize = 500;

export interface HistoryDeps {
  readonly database: Database;
  readonly mirror: Mirror;
  readonly now: () => Date;
}

/**
 * Records the releases of the whole history, the oldest first. The mirror is deepened step by step, since one fetch of everything
 * would keep the writer from it. What a killed process recorded is recognised and left alone.
 */
export async function rebuildHistory(deps: HistoryDeps, upTo: Oid, signal: AbortSignal): Promise<void> {
  const { database, mirror, now } = deps;
  while (!(await mirror.deepen())) signal.throwIfAborted();
  const commits = await mirror.commitsBetween(undefined, upTo);
  const releases = withReplaced(rebuiltReleases(commits), new Map());
  let read = 0;
  while (read < releases.length) {
    signal.throwIfAborted();
    const batch = releases.slice(read, read + batchSize);
    read += batch.length;
    // The last batch says that all is read, however many commits of people lie in between.
    const share = Math.floor((commits.length * read) / releases.length);
    await database.transaction(async (tx) => {
      const store = new RecoveryStore(tx);
      const recorded = await recordHistory(tx, batch, { place: 'before', at: now() });
      await store.countReleases(recorded, now());
      await store.historyRead({ commits: share, of: commits.length }, now());
    });
  }
  if (releases.length === 0)
    await new RecoveryStore(database.db).historyRead({ commits: commits.length, of: commits.length }, now());
}
