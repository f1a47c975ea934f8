export type { Button, Mrkdwn, PlainText, Preformatted, SlackBlock } from './blocks.ts';
export { createSlack, type SlackOptions } from './create-slack.ts';
export type {
  Slack,
  SlackAccess,
  SlackAuth,
  SlackMessage,
  SlackMetadata,
  SlackPlace,
  SlackPost,
  SlackSearch,
  SlackSnippet,
  SlackWanted,
} from './slack.ts';
