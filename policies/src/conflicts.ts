import { branchWords, neverTogether } from './branch-pattern.ts';
import type { PlacedPolicy } from './policy.ts';
import { effectivePolicies } from './precedence.ts';

/** Two rules that cannot both have their way. */
export interface PolicyConflict {
  /** Names both rules with file and line. */
  readonly message: string;
  readonly next: string;
  /** The auto-release that can never release anything, and the restrictions that forbid it. */
  readonly rules: readonly [PlacedPolicy, ...PlacedPolicy[]];
}

/**
 * Auto-releases of branches that the restrictions of their environment let in under no circumstances. An auto-release that
 * is only partly forbidden (`**` where only `main` is let in) is no conflict: it works for the rest.
 */
export function policyConflicts(policies: readonly PlacedPolicy[]): readonly PolicyConflict[] {
  const counting = effectivePolicies(policies);
  const conflicts: PolicyConflict[] = [];
  for (const placed of counting) {
    if (placed.policy.kind !== 'auto-release') continue;
    const { policy } = placed;
    const restrictions = counting.filter(
      (other) => other.policy.kind === 'branch-restriction' && other.policy.environment === policy.environment,
    );
    if (restrictions.length === 0 || !restrictions.every((other) => neverTogether(policy, other.policy))) continue;
    conflicts.push(conflict(placed, restrictions));
  }
  return conflicts;
}

function conflict(placed: PlacedPolicy, restrictions: readonly PlacedPolicy[]): PolicyConflict {
  const { environment } = placed.policy;
  const taken = restrictions.map(({ policy }) => branchWords(policy)).join(' or ');
  const places = restrictions.map(({ file, line }) => `${file} line ${line}`).join(', ');
  return {
    message:
      `${placed.file} line ${placed.line} sends ${branchWords(placed.policy)} to ${environment} by itself, but ` +
      `${environment} takes ${taken} only (${places}): nothing would ever be released.`,
    next: 'change one of the two',
    rules: [placed, ...restrictions],
  };
}
