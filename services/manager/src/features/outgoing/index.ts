export { guardAddresses } from './address-guard.ts';
export { createSendGuarded, resolveBySystem } from './guarded-request.ts';
export { createOutgoingDeliveries } from './outgoing-deliveries.ts';
export { parseReceivers } from './receivers.ts';
