import { actorName } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import type { NewLedgerEntry } from './ledger-entry.ts';

/**
 * Writes an entry in the caller's transaction, so that there is no change without its record and no record without its
 * change. The commit wakes everybody who follows.
 */
export async function appendLedger(tx: Db, entry: NewLedgerEntry): Promise<void> {
  await appendLedgerEntries(tx, [entry]);
}

/** As `appendLedger`, for many entries in their order by one statement: a push may commit hundreds of releases. */
export async function appendLedgerEntries(tx: Db, entries: readonly NewLedgerEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx('ledger').insert(entries.map(toRow));
}

function toRow(entry: NewLedgerEntry): Record<string, unknown> {
  return {
    at: entry.at,
    kind: entry.kind,
    actor: jsonb(entry.actor),
    actor_name: actorName(entry.actor),
    service: entry.service ?? null,
    environment: entry.environment ?? null,
    artifact_id: entry.artifactId ?? null,
    release_id: entry.releaseId ?? null,
    from_state: entry.from ?? null,
    to_state: entry.to ?? null,
    cause: entry.cause,
    details: jsonb(entry.details ?? {}),
  };
}
