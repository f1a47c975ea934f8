import type { DeliveryParts } from '../deliveries/index.ts';
import { createGrafanaKind } from './grafana-kind.ts';
import type { OutgoingDeps } from './outgoing-deps.ts';
import { createOutgoingReaction } from './outgoing-reaction.ts';
import { createPagerDutyKind } from './pagerduty-kind.ts';
import { createWebhookKind } from './webhook-kind.ts';

/** What hears of releases by HTTP: signed webhooks, annotations in Grafana, alerts of PagerDuty. */
export function createOutgoingDeliveries(deps: OutgoingDeps): DeliveryParts {
  return {
    kinds: [createWebhookKind(deps), createGrafanaKind(deps), createPagerDutyKind(deps)],
    reactions: [createOutgoingReaction(deps)],
  };
}
