export type { FakeComment, FakeDeployment, FakePullRequest } from './fake-state.ts';
export type { FakeRepository } from './fake-repository.ts';
export { startFakeGithub, type FakeGithub, type FakeGithubRequest, type GithubFault } from './fake-github.ts';
export type { FakePeople, NewPullRequest } from './people.ts';
export type { FakeWebhooks, WebhookDelivery, WebhookExamples, WebhookTarget } from './webhooks.ts';
