import type { LedgerEntry } from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';

import { toActorView } from './actor-view.ts';
import { formatPosition } from './ledger-position.ts';

/** A row of the table `ledger`. */
export interface LedgerRow {
  readonly id: number;
  readonly tx: string;
  readonly at: Date;
  readonly kind: string;
  readonly actor: Actor;
  readonly service: string | null;
  readonly environment: string | null;
  readonly artifact_id: string | null;
  readonly release_id: string | null;
  readonly from_state: string | null;
  readonly to_state: string | null;
  readonly cause: string;
  readonly details: Record<string, unknown>;
}

/** What of the ledger somebody wants to see; absent means all. */
export interface LedgerFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly release?: string | undefined;
}

export function matches(row: LedgerRow, { service, environment, release }: LedgerFilter): boolean {
  return (
    (service === undefined || row.service === service) &&
    (environment === undefined || row.environment === environment) &&
    (release === undefined || row.release_id === release)
  );
}

/** An entry as the API shows it. */
export function toLedgerEntry(row: LedgerRow): LedgerEntry {
  return {
    id: formatPosition({ tx: row.tx, id: String(row.id) }),
    at: row.at.toISOString(),
    kind: row.kind,
    actor: toActorView(row.actor),
    ...(row.service === null ? {} : { service: row.service }),
    ...(row.environment === null ? {} : { environment: row.environment }),
    ...(row.artifact_id === null ? {} : { artifact: row.artifact_id }),
    ...(row.release_id === null ? {} : { release: row.release_id }),
    ...(row.from_state === null ? {} : { from: row.from_state }),
    ...(row.to_state === null ? {} : { to: row.to_state }),
    cause: row.cause,
    details: row.details,
  };
}
