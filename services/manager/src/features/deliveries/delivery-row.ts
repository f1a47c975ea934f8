import type { Delivery, DeliveryEnd } from './delivery.ts';

/** Why something was not delivered, as it is kept: words and a code, never what a vendor answered. */
export interface DeliveryFault {
  readonly code: string;
  readonly message: string;
  readonly next?: string;
}

export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'gone';

/** A row of `deliveries`. */
export interface DeliveryRow {
  readonly id: string;
  readonly end_name: DeliveryEnd;
  readonly kind: string;
  readonly key: string;
  readonly subject: Readonly<Record<string, string>>;
  readonly urgency: number;
  readonly service: string | null;
  readonly environment: string | null;
  readonly release_id: string | null;
  readonly state: DeliveryState;
  readonly wanted: number;
  readonly sent: number;
  readonly sent_hash: string | null;
  readonly external: Readonly<Record<string, string>> | null;
  readonly lane: string | null;
  readonly pending_since: Date;
  readonly not_before: Date | null;
  readonly retry_at: Date | null;
  readonly attempts: number;
  readonly in_doubt: boolean;
  readonly last_error: DeliveryFault | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly delivered_at: Date | null;
}

/** As its kind sees it. */
export function toDelivery(row: DeliveryRow): Delivery {
  return {
    id: row.id,
    kind: row.kind,
    key: row.key,
    subject: row.subject,
    external: row.external ?? undefined,
    // What a try of unknown end left there is not known.
    sentHash: row.in_doubt ? undefined : (row.sent_hash ?? undefined),
    inDoubt: row.in_doubt,
  };
}
