export { readButtonValue, SlackAction, slackActions, SlackButtonValue } from './button-value.ts';
