/** Two pairs whose Kustomizations would have one name. */
export interface PairClash {
  readonly name: string;
  readonly first: { readonly environment: string; readonly service: string };
  readonly second: { readonly environment: string; readonly service: string };
}

/**
 * The first two pairs that share `<environment>-<service>`: `a-b` of `c` and `a` of `b-c`. Flux would take the one for the
 * other and delete what it applied, so whoever adds a service or an environment asks here first.
 */
export function pairClash(environments: readonly string[], services: readonly string[]): PairClash | undefined {
  const known = new Set(services);
  for (const environment of environments) {
    // Only an environment that begins with another one and a dash can clash with it.
    for (const longer of environments) {
      if (!longer.startsWith(`${environment}-`)) continue;
      const between = longer.slice(environment.length + 1);
      const service = services.find((name) => known.has(`${between}-${name}`));
      if (service === undefined) continue;
      return {
        name: `${longer}-${service}`,
        first: { environment, service: `${between}-${service}` },
        second: { environment: longer, service },
      };
    }
  }
  return undefined;
}
