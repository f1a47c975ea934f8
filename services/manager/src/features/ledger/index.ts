export { toActorView } from './actor-view.ts';
export { appendLedger, appendLedgerEntries } from './append-ledger.ts';
export type { NewLedgerEntry } from './ledger-entry.ts';
export { createLedgerFeed } from './ledger-feed.ts';
export { createLedgerRoutes } from './ledger-routes.ts';
export { toLedgerEntry, type LedgerRow } from './ledger-row.ts';
export { createLedgerStore } from './ledger-store.ts';
