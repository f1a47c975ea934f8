import type { ConfigSnapshot } from '@release-manager/config-repo';
import { AppError } from '@release-manager/domain';

/**
 * Before `release-cli init` nobody can know the environments: every name passes, and whoever needs one waits.
 * @throws AppError not-found `environment.not-found`
 */
export function assertEnvironments(snapshot: ConfigSnapshot, names: readonly string[]): void {
  if (!snapshot.initialised) return;
  const unknown = names.find((name) => !snapshot.environments.some((environment) => environment.name === name));
  if (unknown === undefined) return;
  throw new AppError(
    'not-found',
    'environment.not-found',
    `There is no environment ${unknown}; ${environmentList(snapshot)}.`,
    { next: 'name one of these, or add it to release-manager.yaml in the config repo' },
  );
}

/** Those that are declared, in words. */
export function environmentList(snapshot: ConfigSnapshot): string {
  const names = snapshot.environments.map(({ name }) => name);
  return names.length === 0 ? 'the config repo declares none yet' : `the config repo declares ${names.join(', ')}`;
}
