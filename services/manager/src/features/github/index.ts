export { createDeploymentDelivery } from './deployment-delivery.ts';
export { createDeploymentReaction } from './deployment-reaction.ts';
export { createLabelDelivery } from './label-delivery.ts';
export { createLabelReaction } from './label-reaction.ts';
export { createCheckDelivery, wantCheck, type CheckedCommit, type PlanRenderer } from './release-plan-check.ts';
