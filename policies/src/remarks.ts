import { policyConflicts } from './conflicts.ts';
import type { PlacedPolicy } from './policy.ts';
import { overrulings } from './precedence.ts';
import { overruledWords } from './registry.ts';

/** What a list of rules says beside a rule that does nothing: another one overrules it, or it can never match. */
export function policyRemarks(policies: readonly PlacedPolicy[]): ReadonlyMap<PlacedPolicy, string> {
  const remarks = new Map<PlacedPolicy, string>();
  for (const [placed, by] of overrulings(policies)) remarks.set(placed, overruledWords(by));
  for (const { rules, message } of policyConflicts(policies)) remarks.set(rules[0], message);
  return remarks;
}
