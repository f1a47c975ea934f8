import type { DeliveryParts } from '../features/deliveries/index.ts';
import {
  createOutgoingDeliveries,
  createSendGuarded,
  guardAddresses,
  parseReceivers,
  resolveBySystem,
} from '../features/outgoing/index.ts';
import type { Foundation } from './foundation.ts';

/** Whoever hears of releases by HTTP. */
export function outgoingParts({
  config,
  database,
  repo,
  redactor,
  publicUrl,
  now,
}: Foundation): readonly DeliveryParts[] {
  if (config.OUTGOING === undefined) return [];
  const receivers = parseReceivers(config.OUTGOING);
  for (const receiver of receivers) {
    if (receiver.kind === 'webhook') redactor.register(receiver.secret);
    if (receiver.kind === 'grafana') redactor.register(receiver.token);
    if (receiver.kind === 'pagerduty') redactor.register(receiver.routingKey);
  }
  const isProtected = (environment: string): boolean =>
    repo.snapshot().environments.find(({ name }) => name === environment)?.protected ?? true;
  const send = createSendGuarded(guardAddresses(config.OUTGOING_PRIVATE_NETWORKS ?? []), resolveBySystem);
  return [createOutgoingDeliveries({ database, receivers, publicUrl, send, isProtected, now })];
}
