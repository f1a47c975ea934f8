export { createDeploymentDelivery } from './deployment-delivery.ts';
export { createDeploymentReaction } from './deployment-reaction.ts';
export { createCheckDelivery, wantCheck, type CheckedCommit, type PlanRenderer } from './release-plan-check.ts';
