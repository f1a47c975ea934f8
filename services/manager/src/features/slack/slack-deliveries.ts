import type { DeliveryParts } from '../deliveries/index.ts';
import { createMessageKind, type DeliverMessageDeps } from './deliver-message.ts';
import type { ReactDeps } from './react-deps.ts';
import { createSlackReaction } from './react-to-ledger.ts';

export interface SlackDeliveriesDeps extends DeliverMessageDeps, ReactDeps {}

/** What Slack adds to the deliveries: one message per merge or command and channel, with its thread. */
export function createSlackDeliveries(deps: SlackDeliveriesDeps): DeliveryParts {
  return { kinds: [createMessageKind(deps)], reactions: [createSlackReaction(deps)] };
}
