import type { RuleOpinion } from '@release-manager/domain';

import type { PolicyRequest } from './policy-kind.ts';

/**
 * Going back to what once was committed there is the way out of trouble, so no rule of the config repo stands in it: neither
 * branch nor freeze nor soak nor approval. It was subject to them when it first came. Rights, quarantine and whether it can
 * still be applied are asked elsewhere.
 * @returns nothing for everything else, of which the rules speak as usual.
 */
export function wayBack(request: PolicyRequest): RuleOpinion | undefined {
  if (request.intent !== 'rollback' || request.onceCommittedThere !== true) return undefined;
  return {
    rule: 'way-back',
    verdict: 'allows',
    explanation: `${request.artifactId ?? request.service} was in ${request.environment} before, and a way back is not asked for branch, freeze, soak or approval`,
  };
}
