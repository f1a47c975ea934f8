import type { Check } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

/** As many as one `artifact.json` may hold: repeated retries must not grow what every reader is sent. */
const mostChecks = 200;

/**
 * The checks of an artifact after a retry of its build: one per kind and name, what was said last counts, in the order in
 * which they were first said.
 * @throws AppError invalid `artifact.too-many-checks`
 */
export function mergeChecks(known: readonly Check[], said: readonly Check[]): readonly Check[] {
  const merged = new Map<string, Check>();
  for (const check of [...known, ...said]) merged.set(JSON.stringify([check.kind, check.name]), check);
  if (merged.size <= mostChecks) return [...merged.values()];
  throw new AppError(
    'invalid',
    'artifact.too-many-checks',
    `With those of this retry the artifact would have ${merged.size} checks; at most ${mostChecks} are kept.`,
    { next: 'repeat a check under its own kind and name instead of a new one' },
  );
}
