import type { PlacedPolicy } from './policy.ts';

/**
 * The service's own rules that do not count, each with the global rule that overrules it: the first global one of the same
 * kind for the same environment. What the whole installation has decided for an environment, one service cannot change.
 */
export function overrulings(policies: readonly PlacedPolicy[]): ReadonlyMap<PlacedPolicy, PlacedPolicy> {
  const globals = policies.filter((placed) => placed.scope === 'global');
  const found = new Map<PlacedPolicy, PlacedPolicy>();
  for (const placed of policies) {
    if (placed.scope === 'global') continue;
    const by = globals.find(
      ({ policy }) => policy.kind === placed.policy.kind && policy.environment === placed.policy.environment,
    );
    if (by !== undefined) found.set(placed, by);
  }
  return found;
}

/** The rules that count. */
export function effectivePolicies<Placed extends PlacedPolicy>(policies: readonly Placed[]): readonly Placed[] {
  const overruled = overrulings(policies);
  return policies.filter((placed) => !overruled.has(placed));
}
