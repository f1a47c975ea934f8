import type { HistoryItem } from '@release-manager/contract';
import type { Database, Db } from '@release-manager/postgres';

import { cutPage, parsePosition, type Routes } from '../../http/index.ts';
import { assertEnvironments, type ConfigRepo } from '../config-repo/index.ts';
import { toLedgerEntry, type LedgerRow } from '../ledger/index.ts';
import { findService, ReleaseStore, toReleaseView } from '../releases/index.ts';
import { historyItem } from './history-item.ts';
import { HistoryStore } from './history-store.ts';

/** The ledger and the releases as a story. */
export function createHistoryRoutes({
  database,
  repo,
}: {
  readonly database: Database;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
}): Routes<'showHistory'> {
  return {
    async showHistory({ query: { limit, cursor, since, details, ...filter } }) {
      const store = new HistoryStore(database.db);
      const wanted = {
        ...filter,
        details: details === 'true',
        since: since === undefined ? undefined : new Date(since),
      };
      const rows = await store.events(wanted, limit + 1, parsePosition(cursor));
      // What once was has a story of its own; without one the name may be a slip.
      const { service, environment } = filter;
      if (cursor === undefined && service !== undefined && rows.every((row) => row.service !== service))
        await findService(database.db, service);
      if (cursor === undefined && environment !== undefined && rows.every((row) => row.environment !== environment))
        assertEnvironments(repo.snapshot(), [environment]);
      const { items, ...more } = cutPage(
        rows,
        limit,
        (row) => row,
        ({ id }) => id,
      );
      return { ...more, items: await tell(database.db, store, items) };
    },
  };
}

async function tell(db: Db, store: HistoryStore, rows: readonly LedgerRow[]): Promise<HistoryItem[]> {
  const begun = rows.flatMap(({ kind, release_id: id }) => (kind.startsWith('release.') && id !== null ? [id] : []));
  const [releases, steps] = await Promise.all([new ReleaseStore(db).findMany(begun), store.steps(begun)]);
  return rows.map((row) => {
    const release = row.kind.startsWith('release.') ? releases.get(row.release_id ?? '') : undefined;
    const entries = (steps.get(row.release_id ?? '') ?? []).map(toLedgerEntry);
    return historyItem({
      id: String(row.id),
      first: toLedgerEntry(row),
      release: release === undefined ? undefined : { view: toReleaseView(release), entries },
    });
  });
}
