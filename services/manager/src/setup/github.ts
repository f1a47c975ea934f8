import type { GithubApi } from '@release-manager/github';

import type { DeliveryParts } from '../features/deliveries/index.ts';
import {
  createDeploymentDelivery,
  createDeploymentReaction,
  createLabelDelivery,
  createLabelReaction,
} from '../features/github/index.ts';
import type { Foundation } from './foundation.ts';

/** What GitHub shows of releases, beside the comments on pull requests: deployments, and labels of what is live. */
export function deploymentParts(foundation: Foundation, github: GithubApi): DeliveryParts {
  return {
    kinds: [createDeploymentDelivery({ ...foundation, github }), createLabelDelivery({ ...foundation, github })],
    reactions: [createDeploymentReaction(github, foundation.now), createLabelReaction(foundation)],
  };
}
