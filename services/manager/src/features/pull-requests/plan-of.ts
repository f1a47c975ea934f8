import {
  blockingProblems,
  findEnvironment,
  policiesFor,
  type ConfigSnapshot,
  type LocatedPolicy,
} from '@release-manager/config-repo';
import { decide, type Decision, type RuleOpinion } from '@release-manager/domain';
import { autoReleaseTargets, describePolicy, evaluatePolicies } from '@release-manager/policies';

import type { Concerned } from './concerned-services.ts';

/** One environment that a service goes to when the pull request is merged. */
export interface PlannedTarget {
  readonly service: string;
  readonly environment: string;
  /** The rule that says so, and where it stands in the config repo. */
  readonly policy: { readonly id: string; readonly says: string; readonly file: string; readonly line: number };
  /** What would be decided if it were merged now. */
  readonly decision: Decision;
}

/** What the merge of a pull request releases by itself. */
export interface MergePlan {
  /** By service, environments in the order of promotion. */
  readonly targets: readonly PlannedTarget[];
  /** Services of the repository that the merge does not release anywhere. */
  readonly untouched: readonly string[];
  readonly remarks: readonly string[];
}

export interface PlanInput {
  readonly baseBranch: string;
  readonly concerned: Concerned;
  readonly snapshot: ConfigSnapshot;
  /** What holds, quarantines and a lost database say of an automatic release. */
  readonly stops: (target: { readonly service: string; readonly environment: string }) => readonly RuleOpinion[];
  readonly now: Date;
}

/**
 * What automation would do with an artifact of the base branch, built from the merge. The branch counts as proven: what is merged
 * into it is on it.
 */
export function planOf(input: PlanInput): MergePlan {
  const { baseBranch, concerned, snapshot } = input;
  if (!snapshot.initialised) return { targets: [], untouched: [], remarks: [] };
  const place = new Map(snapshot.environments.map(({ name }, index) => [name, index]));
  const targets = concerned.services.flatMap((service) => {
    const { policies } = policiesFor(snapshot, service);
    return autoReleaseTargets(policies, { branch: baseBranch, branchProven: true })
      .toSorted((a, b) => (place.get(a.environment) ?? place.size) - (place.get(b.environment) ?? place.size))
      .map(({ environment, policy }) => plannedTarget(input, policies, { service, environment, policy }));
  });
  return { targets, untouched: concerned.untouched, remarks: concerned.remarks };
}

interface Sent {
  readonly service: string;
  readonly environment: string;
  readonly policy: LocatedPolicy;
}

function plannedTarget(
  { baseBranch, snapshot, stops, now }: PlanInput,
  policies: readonly LocatedPolicy[],
  { service, environment, policy }: Sent,
): PlannedTarget {
  const request = { service, environment, branch: baseBranch, branchProven: true, now } as const;
  const opinions: RuleOpinion[] = [
    ...blockingProblems(snapshot, { service, environment }).map(({ file, line, message }): RuleOpinion => ({
      rule: 'config-file',
      verdict: 'denies',
      explanation: `${file}:${line} is broken, so nobody knows what is allowed: ${message}`,
      source: { file, line },
    })),
    ...(findEnvironment(snapshot, environment) === undefined ? [unknownEnvironment(environment)] : []),
    ...stops({ service, environment }),
    ...evaluatePolicies(policies, { ...request, intent: 'auto', automatic: true }),
  ];
  const { id, file, line } = policy;
  return {
    service,
    environment,
    policy: { id, says: describePolicy(policy.policy), file, line },
    decision: decide(opinions, snapshot.commit),
  };
}

function unknownEnvironment(environment: string): RuleOpinion {
  const explanation = `release-manager.yaml names no environment ${environment}`;
  return { rule: 'environment', verdict: 'denies', explanation };
}

/** What keeps a planned release from going out, in words. */
export function obstaclesOf({ decision }: PlannedTarget): readonly RuleOpinion[] {
  return decision.opinions.filter(({ verdict }) => verdict === 'denies' || verdict === 'waits');
}
