import { policiesFor, type ConfigSnapshot, type LocatedPolicy } from '@release-manager/config-repo';
import type { PolicyView } from '@release-manager/contract';
import { compact } from '@release-manager/domain';
import { describePolicy, overrulings, overruledWords, policyConflicts } from '@release-manager/policies';

/** The policies that speak of a service, with a remark on those that never have a say. */
export function policyViews(snapshot: ConfigSnapshot, service: string): PolicyView[] {
  const { policies } = policiesFor(snapshot, service);
  const conflicts = policyConflicts(policies);
  const overruled = overrulings(policies);
  return policies.map((policy) => {
    const conflict = conflicts.find(({ rules }) => rules.some((rule) => rule === policy));
    const by = overruled.get(policy);
    return toPolicyView(policy, conflict?.message ?? (by === undefined ? undefined : overruledWords(by)));
  });
}

export function toPolicyView(located: LocatedPolicy, remark?: string): PolicyView {
  return compact({
    id: located.id,
    kind: located.policy.kind,
    scope: located.scope,
    summary: describePolicy(located.policy),
    policy: { ...located.raw },
    file: located.file,
    line: located.line,
    remark,
  });
}
