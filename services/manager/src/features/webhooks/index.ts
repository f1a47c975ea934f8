export { GithubEventStore } from './github-event-store.ts';
export { addressOf, type GithubEvent, type IssueCommentEvent, type PullRequestEvent } from './github-event.ts';
export { createGithubInbox, githubEventJob } from './github-inbox.ts';
export { createGithubWebhook } from './github-webhook.ts';
