import { actorName } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import type { NewLedgerEntry } from './ledger-entry.ts';

/**
 * Writes an entry in the caller's transaction, so that there is no change without its record and no record without its
 * change. The commit wakes everybody who follows.
 */
export async function appendLedger(tx: Db, entry: NewLedgerEntry): Promise<void> {
  await tx('ledger').insert({
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
  });
}
