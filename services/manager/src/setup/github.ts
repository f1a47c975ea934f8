import type { GithubApi } from '@release-manager/github';

import type { DeliveryParts } from '../features/deliveries/index.ts';
import { createDeploymentDelivery, createDeploymentReaction } from '../features/github/index.ts';
import type { Foundation } from './foundation.ts';

/** What GitHub shows of releases, beside the comments on pull requests. */
export function deploymentParts(foundation: Foundation, github: GithubApi): DeliveryParts {
  return {
    kinds: [createDeploymentDelivery({ ...foundation, github })],
    reactions: [createDeploymentReaction(github, foundation.now)],
  };
}
