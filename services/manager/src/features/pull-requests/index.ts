export { createCommentDelivery } from './comment-delivery.ts';
export { createCommentReaction } from './comment-reaction.ts';
export { configFileLinks } from './config-links.ts';
export type { PullRequestDeps } from './pull-request-deps.ts';
export { lookAgainByRules } from './watch-rules.ts';
