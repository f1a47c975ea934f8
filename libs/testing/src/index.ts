export { testDatabase, type TestDatabase, type TestDatabaseOptions } from './database.ts';
export {
  startGitServer,
  type GitFault,
  type GitServer,
  type GitServerOptions,
  type GitServerRequest,
} from './git-server.ts';
export { sshServerIsInstalled, startSshServer, type SshServer } from './ssh-server.ts';
export {
  startFakeGithub,
  type FakeComment,
  type FakeGithub,
  type FakeGithubRequest,
  type FakePullRequest,
  type FakeRepository,
  type GithubFault,
  type WebhookExamples,
} from './github/index.ts';
export {
  FakeApiServer,
  isReady,
  listAt,
  playTurn,
  textAt,
  type KubeFault,
  type KubeObject,
  type KubeRequest,
  type KubeResource,
  type PlayedImages,
} from './kubernetes/index.ts';
export {
  slackLimits,
  startFakeSlack,
  type FakeChannel,
  type FakeSlack,
  type FakeSlackMessage,
  type FakeSlackRequest,
  type SlackFault,
} from './slack/index.ts';
