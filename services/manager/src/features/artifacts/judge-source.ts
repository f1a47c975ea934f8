import type { Reachability, SourceClaim } from '@release-manager/github';

import type { SourceProof } from './source-proof.ts';

export interface SourceJudgement {
  readonly answer: Reachability;
  readonly claim: SourceClaim;
  /** Whether the service is listed under `trustIncoming`. */
  readonly isTrusted: boolean;
  readonly at: Date;
}

const push = 'push the commit to that branch, and let its CI job push the artifact again';

/** What an answer of GitHub means for an artifact. A `refuted` may be asked again for a while: a push takes time to be seen. */
export function judgeSource(judgement: SourceJudgement): SourceProof {
  const { answer, claim, isTrusted, at } = judgement;
  const { repository, branch } = claim;
  const sha = claim.sha.slice(0, 10);
  const said = { at: at.toISOString(), answer: answer.kind, repository } as const;
  const no = (says: string, next: string): SourceProof => ({ ...said, by: 'github', state: 'refuted', says, next });
  switch (answer.kind) {
    case 'reachable': {
      const { relation, tip } = answer;
      const how = relation === 'identical' ? 'is the tip of' : 'is in the history of';
      return {
        ...said,
        answer: relation,
        by: 'github',
        state: 'proven',
        tip,
        says: `GitHub says that ${sha} ${how} ${branch}`,
      };
    }
    case 'not-reachable': {
      const { relation, tip } = answer;
      const why = relation === 'ahead' ? 'it was not merged there' : 'the branch went another way, or was rewritten';
      return { ...no(`${sha} is not on ${branch}: ${why}, as GitHub says`, push), answer: relation, tip };
    }
    case 'no-commit':
      return { ...no(`GitHub does not know the commit ${sha} in ${repository}`, push), tip: answer.tip };
    case 'no-branch':
      return no(`there is no branch ${branch} in ${repository}, as GitHub says`, push);
    case 'no-repository':
      return no(
        `GitHub does not know ${repository}, or does not show it to the manager`,
        'give the token or the GitHub App of the manager read access to the contents of that repository; if it is another one, `release-cli service set --repository`; then push the artifact again',
      );
    case 'elsewhere':
      if (isTrusted)
        return {
          ...said,
          by: 'trustIncoming',
          state: 'proven',
          says: `${repository} is not on this GitHub; release-manager.yaml trusts the service under trustIncoming`,
        };
      return no(
        `${repository} lies at ${answer.host}, which is not the GitHub that the manager asks`,
        'correct it with `release-cli service set --repository`, or list the service under trustIncoming in release-manager.yaml to believe what its CI says',
      );
  }
}

/** The artifact names another repository than the service is bound to now. */
export function foreignSource(claimed: string, bound: string, at: Date): SourceProof {
  return {
    state: 'refuted',
    at: at.toISOString(),
    answer: 'other-repository',
    repository: claimed,
    says: `it was built from ${claimed}, and the service is bound to ${bound}`,
    next: 'build it from the repository of the service; an administrator changes which that is with `release-cli service set --repository`',
  };
}

/** GitHub did not answer; it is asked again. */
export function unansweredSource(why: string, at: Date): SourceProof {
  return {
    state: 'waiting',
    at: at.toISOString(),
    answer: 'unanswered',
    says: `GitHub has not said yet whether its commit is on its branch: ${why}`,
    next: 'it is asked again by itself; `release-cli doctor` says whether the manager can speak to GitHub',
  };
}
