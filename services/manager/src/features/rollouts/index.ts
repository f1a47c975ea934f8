export { createCommandWatch } from './commands/command-watch.ts';
export { createDaemonRoutes } from './daemon-routes.ts';
export { createRolloutRoutes } from './rollout-routes.ts';
export { readRollout, readRollouts } from './rollout-view.ts';
export { sweepObservations } from './sweep-observations.ts';
export { createAncestry } from './judge/ancestry.ts';
export { startRolloutJudge } from './judge/judge-loop.ts';
export { createRolloutWatch } from './watch-committed.ts';
export { createFluxWebhook } from './flux-events/flux-webhook.ts';
