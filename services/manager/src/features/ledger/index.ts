export { toActorView } from './actor-view.ts';
export { appendLedger } from './append-ledger.ts';
export type { NewLedgerEntry } from './ledger-entry.ts';
