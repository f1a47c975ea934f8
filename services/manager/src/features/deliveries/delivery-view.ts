import type { DeliveryView } from '@release-manager/contract';
import { compact } from '@release-manager/domain';

import type { DeliveryRow } from './delivery-row.ts';
import { urgencyOf } from './urgency.ts';

/** A delivery as the API shows it. */
export function toDeliveryView(row: DeliveryRow): DeliveryView {
  const pending = row.state === 'pending';
  return compact({
    id: row.id,
    end: row.end_name,
    kind: row.kind,
    key: row.key,
    state: row.state,
    urgency: urgencyOf(row.urgency),
    service: row.service ?? undefined,
    environment: row.environment ?? undefined,
    release: row.release_id ?? undefined,
    subject: { ...row.subject },
    external: row.external === null ? undefined : { ...row.external },
    attempts: row.attempts,
    retryAt: pending ? row.retry_at?.toISOString() : undefined,
    error: row.last_error ?? undefined,
    createdAt: row.created_at.toISOString(),
    pendingSince: pending ? row.pending_since.toISOString() : undefined,
    deliveredAt: row.delivered_at?.toISOString(),
  });
}

/** What it is and where, in a few words: `slack.release of web in prod`. */
export function deliveryWords({ kind, service, environment }: DeliveryRow): string {
  const of = service === null ? '' : ` of ${service}`;
  return `${kind}${of}${environment === null ? '' : ` in ${environment}`}`;
}
