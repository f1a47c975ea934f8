export { Delivery, type DeliveryTiming } from './delivery.ts';
