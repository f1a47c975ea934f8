import { AppError } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import type { LedgerPosition } from './ledger-position.ts';
import type { LedgerFilter, LedgerRow } from './ledger-row.ts';

export interface LedgerPage {
  readonly rows: readonly LedgerRow[];
  readonly nextCursor?: string;
}

/** Reads the record. It is written by `appendLedger` only. */
export interface LedgerStore {
  /** The last entry first. @throws AppError invalid `ledger.cursor` */
  page(
    filter: LedgerFilter,
    paging: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<LedgerPage>;
  /** One entry by its number. */
  find(id: string): Promise<LedgerRow | undefined>;
  /** Complete entries beyond a position, in the order of positions. */
  after(position: LedgerPosition, filter: LedgerFilter, limit: number): Promise<readonly LedgerRow[]>;
  /** The last entry beyond a position that is older than that. */
  lastBefore(position: LedgerPosition, at: Date): Promise<LedgerPosition | undefined>;
  /** The position beyond which everything lies that is still to come. */
  end(): Promise<LedgerPosition>;
  /** True while entries are visible that `after` does not give out yet. */
  hasIncomplete(): Promise<boolean>;
}

/**
 * The invariant of those who follow: what they have read never grows behind their back. Transactions commit in any order, so
 * an entry counts only when no transaction with the same or a lower id is still running: tx < xmin of a snapshot taken
 * now. What is below that line is final, and (tx, id) is an order in which nothing can be inserted any more. The price is that
 * one long writing transaction, anywhere on this Postgres, delays the entries written after its begin until it ends.
 */
const complete = 'tx < pg_snapshot_xmin(pg_current_snapshot())';

const columns = [
  'id',
  'tx',
  'at',
  'kind',
  'actor',
  'service',
  'environment',
  'artifact_id',
  'release_id',
  'from_state',
  'to_state',
  'cause',
  'details',
];

export function createLedgerStore(db: Db): LedgerStore {
  return {
    page: async (filter, { limit, cursor }) => {
      const query = db('ledger')
        .select(columns)
        .where(conditions(filter))
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (cursor !== undefined) void query.where('id', '<', parseCursor(cursor));
      const found = (await query) as LedgerRow[];
      const rows = found.slice(0, limit);
      const last = rows.at(-1);
      return found.length > limit && last !== undefined ? { rows, nextCursor: String(last.id) } : { rows };
    },
    find: async (id) =>
      (await db('ledger').select(columns).where('id', parseCursor(id)).first()) as LedgerRow | undefined,
    after: async ({ tx, id }, filter, limit) =>
      (await db('ledger')
        .select(columns)
        .where(conditions(filter))
        .whereRaw('(tx, id) > (?::text::xid8, ?::bigint)', [tx, id])
        .whereRaw(complete)
        .orderBy(['tx', 'id'])
        .limit(limit)) as LedgerRow[],
    lastBefore: async ({ tx, id }, at) => {
      const row = (await db('ledger')
        .select('tx', 'id')
        .where('at', '<', at)
        .whereRaw('(tx, id) > (?::text::xid8, ?::bigint)', [tx, id])
        .whereRaw(complete)
        .orderBy([
          { column: 'tx', order: 'desc' },
          { column: 'id', order: 'desc' },
        ])
        .first()) as Pick<LedgerRow, 'tx' | 'id'> | undefined;
      return row && { tx: row.tx, id: String(row.id) };
    },
    end: async () => {
      const answer = await db.raw<{ rows: { tx: string }[] }>(
        'select pg_snapshot_xmin(pg_current_snapshot())::text as tx',
      );
      return { tx: answer.rows[0]?.tx ?? '0', id: '0' };
    },
    hasIncomplete: async () => {
      const answer = await db.raw<{ rows: { found: boolean }[] }>(
        'select exists(select 1 from ledger where tx >= pg_snapshot_xmin(pg_current_snapshot())) as found',
      );
      return answer.rows[0]?.found === true;
    },
  };
}

function conditions({ service, environment, release }: LedgerFilter): Record<string, string> {
  return {
    ...(service === undefined ? {} : { service }),
    ...(environment === undefined ? {} : { environment }),
    ...(release === undefined ? {} : { release_id: release }),
  };
}

function parseCursor(cursor: string): string {
  if (!/^\d{1,18}$/.test(cursor)) {
    throw new AppError('invalid', 'ledger.cursor', 'This is no cursor of the ledger.', {
      next: 'send `nextCursor` exactly as the page before gave it',
    });
  }
  return cursor;
}
