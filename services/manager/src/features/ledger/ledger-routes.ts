import type { LedgerEntry } from '@release-manager/contract';

import type { Routes, StreamedEvent } from '../../http/index.ts';
import type { LedgerFeed } from './ledger-feed.ts';
import { parsePosition } from './ledger-position.ts';
import { toLedgerEntry, type LedgerRow } from './ledger-row.ts';
import type { LedgerStore } from './ledger-store.ts';

export interface LedgerRoutesDependencies {
  readonly store: LedgerStore;
  readonly feed: LedgerFeed;
}

export function createLedgerRoutes({ store, feed }: LedgerRoutesDependencies): Routes<'listLedger' | 'followEvents'> {
  return {
    listLedger: async ({ query: { limit, cursor, ...filter } }) => {
      const { rows, nextCursor } = await store.page(filter, { limit, cursor });
      return { items: rows.map(toLedgerEntry), ...(nextCursor === undefined ? {} : { nextCursor }) };
    },
    followEvents: async ({ query: { after, ...filter }, lastEventId, signal }) => {
      // A browser that reconnects repeats the address it began with, `after` and all: what it saw last counts more.
      const begin = lastEventId ?? after;
      const position = begin === undefined ? undefined : parsePosition(begin);
      return events(await feed.follow({ filter, after: position, signal }));
    },
  };
}

async function* events(rows: AsyncIterable<LedgerRow>): AsyncGenerator<StreamedEvent<LedgerEntry>> {
  for await (const row of rows) {
    const data = toLedgerEntry(row);
    yield { id: data.id, data };
  }
}
