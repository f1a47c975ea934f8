export { checkDeliveries } from './check-deliveries.ts';
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
export { createDeliveryRoutes } from './delivery-routes.ts';
export { DeliveryStore } from './delivery-store.ts';
export { startDeliveries, type DeliveryParts } from './start-deliveries.ts';
export { sweepDeliveries } from './sweep-deliveries.ts';
export { wantDelivery } from './want-delivery.ts';
