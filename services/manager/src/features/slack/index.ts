export { readButtonValue, SlackAction, SlackButtonValue } from './button-value.ts';
export { checkSlack } from './check-slack.ts';
export { createRouting } from './last-routing.ts';
export { createSlackDeliveries } from './slack-deliveries.ts';
export { startSlackProgress } from './start-progress.ts';
export { sweepSlack } from './sweep-slack.ts';
