export { toActorView } from './actor-view.ts';
export { appendLedger } from './append-ledger.ts';
export { createLedgerFeed } from './ledger-feed.ts';
export { createLedgerRoutes } from './ledger-routes.ts';
export { createLedgerStore } from './ledger-store.ts';
