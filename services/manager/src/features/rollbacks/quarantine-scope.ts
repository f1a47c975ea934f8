import type { ConfigSnapshot } from '@release-manager/config-repo';

import type { Principal } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import type { Artifact } from '../artifacts/index.ts';
import type { Service } from '../services/index.ts';
import type { Unquarantined } from './rollback.ts';

export interface QuarantineScope {
  /** In alphabetical order, in which everybody locks targets. */
  readonly environments: readonly string[];
  readonly not: readonly Unquarantined[];
}

export interface ScopeInput {
  readonly rights: Pick<Rights, 'judge'>;
  readonly principal: Principal;
  readonly service: Service;
  /** Where the rollback happens. */
  readonly environment: string;
  readonly snapshot: ConfigSnapshot;
}

/**
 * Where a bad artifact is quarantined: where the caller may roll back, as far as it has manifests for it. What somebody may not
 * do is left to those who may, and said.
 * @param artifact absent when nobody remembers it: then nothing tells where it could go
 */
export function quarantineScope(input: ScopeInput, artifact: Artifact | undefined): QuarantineScope {
  const { rights, principal, service, environment, snapshot } = input;
  const here = [environment];
  const not: Unquarantined[] = [];
  for (const { name } of snapshot.environments) {
    if (name === environment || (artifact !== undefined && artifact.environments[name] === undefined)) continue;
    const act = { verb: 'rollback', service: service.name, environment: name, owner: service.owner } as const;
    const judgement = rights.judge(principal, act);
    if (judgement.allowed) here.push(name);
    else not.push({ environment: name, why: judgement.explanation });
  }
  return { environments: here.toSorted(), not };
}
