export type { FakeChannel, FakeSlackFile, FakeSlackMessage } from './fake-channel.ts';
export {
  startFakeSlack,
  type FakeSlack,
  type FakeSlackOptions,
  type FakeSlackRequest,
  type FakeSlackResponse,
  type SlackFault,
} from './fake-slack.ts';
export { slackLimits } from './slack-limits.ts';
