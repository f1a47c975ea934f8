export { readButtonValue, SlackAction, slackActions, SlackButtonValue } from './button-value.ts';
export { createSlackDeliveries, type SlackDeliveriesDeps } from './slack-deliveries.ts';
