export { toActorView } from './actor-view.ts';
export { appendLedger } from './append-ledger.ts';
export type { NewLedgerEntry } from './ledger-entry.ts';
export { createLedgerFeed, type LedgerFeed } from './ledger-feed.ts';
export { createLedgerRoutes } from './ledger-routes.ts';
export { createLedgerStore, type LedgerStore } from './ledger-store.ts';
