import { isDnsLabel } from '@release-manager/domain';
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

export const AutoRelease = z
  .strictObject({
    kind: z.literal('auto-release'),
    ...branchFields,
    environment: z.string().refine(isDnsLabel, 'not a possible environment name'),
  })
  .refine(exactlyOneBranchField, exactlyOneMessage);
export type AutoRelease = Readonly<z.infer<typeof AutoRelease>>;

/**
 * Every ready artifact of a matching branch is released to the environment by itself. It speaks of automatic releases only:
 * what a person may release is a matter of restrictions and rights. An artifact whose branch nobody proved matches none.
 */
export const autoRelease: PolicyKind<AutoRelease> = {
  kind: 'auto-release',
  schema: AutoRelease,
  id: (policy) => branchRuleId('auto-release', policy, policy.environment),
  describe: (policy) => `New artifacts of ${branchWords(policy)} go to ${policy.environment} by themselves.`,
  evaluate(policy, request, siblings) {
    if (request.intent !== 'auto') return undefined;
    if (sends(policy, request))
      return {
        verdict: 'allows',
        explanation: `new artifacts of ${branchWords(policy)} go to ${policy.environment} by themselves`,
      };
    if (siblings[0] !== policy || siblings.some((sibling) => sends(sibling, request))) return undefined;
    return nobodySends(request);
  },
  // The writer asks again on the newest rules: one that was taken out in the meantime must not release any more.
  whenAbsent: (request) => (request.intent === 'auto' ? nobodySends(request) : undefined),
};

/** Whether the rule sends artifacts of this branch to its environment. */
export function sends(
  policy: AutoRelease,
  source: { readonly branch?: string | undefined; readonly branchProven: boolean },
): boolean {
  return source.branchProven && source.branch !== undefined && matchesBranch(policy, source.branch);
}

function nobodySends(request: PolicyRequest): Opinion {
  const { branch, environment, service, branchProven } = request;
  const explanation =
    branch === undefined || !branchProven
      ? `nobody but the uploader says which branch this artifact comes from, so no auto-release rule applies to it`
      : `no auto-release rule of ${service} sends ${branch} to ${environment}`;
  return { verdict: 'denies', explanation, next: byHand(request), ruleIsTheCause: branchProven };
}

/** A command that can be pasted into a shell, whatever the branch is called. */
function byHand({ branch, artifactId, environment, service }: PolicyRequest): string {
  const what = artifactId === undefined ? shellWord(branch ?? '<branch>') : `--artifact ${artifactId}`;
  return `release it by hand: release-cli release ${what} ${environment} --service ${service}`;
}

function shellWord(text: string): string {
  return /^(?:[\w./@+-]+|<branch>)$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
