export type {
  Delivered,
  Delivery,
  DeliveryContext,
  DeliveryEnd,
  DeliveryKind,
  DeliverySubject,
  LedgerReaction,
  Urgency,
  WantedDelivery,
} from './delivery.ts';
export { startDeliveries, type DeliveryParts } from './start-deliveries.ts';
export { wantDelivery } from './want-delivery.ts';
