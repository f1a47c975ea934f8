import { sends } from './auto-release.ts';
import type { PlacedPolicy } from './policy.ts';
import { effectivePolicies } from './precedence.ts';

export interface AutoReleaseTarget<Placed extends PlacedPolicy = PlacedPolicy> {
  readonly environment: string;
  /** The first rule that sends the branch there. */
  readonly policy: Placed;
}

/** Where artifacts of a branch go by themselves: each environment once, in the order of the rules. */
export function autoReleaseTargets<Placed extends PlacedPolicy>(
  policies: readonly Placed[],
  source: { readonly branch: string; readonly branchProven: boolean },
): readonly AutoReleaseTarget<Placed>[] {
  const targets = new Map<string, AutoReleaseTarget<Placed>>();
  for (const placed of effectivePolicies(policies)) {
    const { policy } = placed;
    if (policy.kind !== 'auto-release' || targets.has(policy.environment) || !sends(policy, source)) continue;
    targets.set(policy.environment, { environment: policy.environment, policy: placed });
  }
  return [...targets.values()];
}
