export { createCommandReply } from './reply-to-command.ts';
export { createCommentDelivery } from './comment-delivery.ts';
export { createCommentReaction } from './comment-reaction.ts';
export { configFileLinks } from './config-links.ts';
export { createEventHandler } from './take-event.ts';
export { lookAgainByRules } from './watch-rules.ts';
export { pollPullRequests } from './poll-pull-requests.ts';
export type { PullRequestDeps } from './pull-request-deps.ts';
