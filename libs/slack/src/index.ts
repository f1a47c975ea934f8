export type { SlackAuth } from './slack.ts';
