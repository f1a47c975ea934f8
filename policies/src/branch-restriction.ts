import { isDnsLabel, type ReleaseIntent } from '@release-manager/domain';
import { z } from 'zod';

import {
  branchFields,
  branchRuleId,
  branchWords,
  exactlyOneBranchField,
  exactlyOneMessage,
  matchesBranch,
} from './branch-pattern.ts';
import type { Opinion, PolicyKind, PolicyRequest } from './policy-kind.ts';

export const BranchRestriction = z
  .strictObject({
    kind: z.literal('branch-restriction'),
    environment: z.string().refine(isDnsLabel, 'not a possible environment name'),
    ...branchFields,
  })
  .refine(exactlyOneBranchField, exactlyOneMessage);
export type BranchRestriction = Readonly<z.infer<typeof BranchRestriction>>;

/** What brings something new. Going back to what was there, and taking away, must work whatever the rules say today. */
const concerned: ReadonlySet<ReleaseIntent> = new Set(['auto', 'branch', 'artifact', 'promote']);

/**
 * The environment takes only artifacts of matching branches. Several restrictions of one environment are alternatives: the
 * branch must match at least one of them. Two branch names that must both match would let nothing in at all, so whoever
 * writes `main` and `hotfix/*` means "or"; and whoever may add an alternative may as well change the rule that is there.
 * A branch that nobody proved satisfies none.
 */
export const branchRestriction: PolicyKind<BranchRestriction> = {
  kind: 'branch-restriction',
  schema: BranchRestriction,
  id: (policy) => branchRuleId('branch-restriction', policy, policy.environment),
  describe: (policy) => `${policy.environment} takes artifacts of ${branchWords(policy)}.`,
  evaluate(policy, request, siblings) {
    if (!concerned.has(request.intent)) return undefined;
    if (accepts(policy, request)) {
      return { verdict: 'allows', explanation: `${policy.environment} takes artifacts of ${branchWords(policy)}` };
    }
    // All of them together say no once, not each for itself.
    if (siblings[0] !== policy || siblings.some((sibling) => accepts(sibling, request))) return undefined;
    return refusal(request, siblings);
  },
};

function accepts(policy: BranchRestriction, request: PolicyRequest): boolean {
  return request.branchProven && request.branch !== undefined && matchesBranch(policy, request.branch);
}

function refusal(request: PolicyRequest, siblings: readonly BranchRestriction[]): Opinion {
  const names = siblings.map(branchWords).join(' or ');
  const rule = `${request.environment} takes artifacts of ${names} only`;
  if (request.branch === undefined) {
    return {
      verdict: 'denies',
      explanation: `${rule}, and nobody knows which branch this one comes from`,
      next: `release an artifact of ${names}`,
      ruleIsTheCause: true,
    };
  }
  if (!request.branchProven) {
    return {
      verdict: 'denies',
      explanation: `${rule}, and nobody but the uploader says that this one comes from ${request.branch}`,
      next: `upload through the API with a ci token, or list ${request.service} under trustIncoming in release-manager.yaml`,
    };
  }
  return {
    verdict: 'denies',
    explanation: `${rule}, and this one comes from ${request.branch}`,
    next: wayIn(request.branch, siblings),
    ruleIsTheCause: true,
  };
}

/** One merges into a branch, not into a pattern. */
function wayIn(branch: string, siblings: readonly BranchRestriction[]): string {
  const plain = siblings.flatMap((sibling) => (sibling.branch?.includes('*') === false ? [sibling.branch] : []));
  if (plain.length > 0) return `merge ${branch} into ${plain.join(' or ')}`;
  return `release an artifact of a branch that matches ${siblings.map(branchWords).join(' or ')}`;
}
