import { createHash } from 'node:crypto';

import { policiesFor, type ConfigSnapshot } from '@release-manager/config-repo';

/** Names what the policies, environments and broken files say of these services: another hash, another plan. */
export function rulesHash(snapshot: ConfigSnapshot, services: readonly string[]): string {
  const said = [
    snapshot.environments.map(({ name }) => name),
    snapshot.problems.filter(({ scope }) => scope.kind === 'all' || scope.kind === 'environment'),
    services.toSorted().map((service) => {
      const { policies, broken } = policiesFor(snapshot, service);
      return [service, policies.map(({ id, file, line, policy }) => [id, file, line, policy]), broken];
    }),
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 32);
}
