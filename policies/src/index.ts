export { autoReleaseTargets, type AutoReleaseTarget } from './automation.ts';
export { matchesBranch, regexProblem, type BranchPattern } from './branch-pattern.ts';
export { policyConflicts, type PolicyConflict } from './conflicts.ts';
export { matchesGlob } from './glob.ts';
export { overrulings } from './precedence.ts';
export type { Opinion, PolicyKind, PolicyRequest } from './policy-kind.ts';
export type { PlacedPolicy, Policy } from './policy.ts';
export {
  describePolicy,
  evaluatePolicies,
  overruledWords,
  parsePolicy,
  policyId,
  type PolicyKindName,
} from './registry.ts';
