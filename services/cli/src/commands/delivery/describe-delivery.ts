import type { DeliveryView } from '@release-manager/contract';

import { ago } from '../../core/duration.ts';
import type { Piece } from '../../core/piece.ts';

export function deliveryTable(
  deliveries: readonly DeliveryView[],
  now: Date,
): { readonly heads: string[]; readonly rows: Piece[][] } {
  return {
    heads: ['id', 'what', 'service', 'environment', 'state', 'since', 'why'],
    rows: deliveries.map((delivery) => [
      delivery.id,
      delivery.kind,
      delivery.service ?? '',
      delivery.environment ?? '',
      delivery.state,
      ago(delivery.pendingSince ?? delivery.deliveredAt ?? delivery.createdAt, now),
      whyOf(delivery),
    ]),
  };
}

function whyOf({ state, error, retryAt }: DeliveryView): string {
  if (error === undefined) return '';
  if (state === 'pending') return `${error.message}${retryAt === undefined ? '' : ` Again at ${retryAt}.`}`;
  return `${error.message}${error.next === undefined ? '' : ` Next: ${error.next}`}`;
}
