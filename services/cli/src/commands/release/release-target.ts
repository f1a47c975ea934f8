import { isArtifactId } from '@release-manager/domain';

import { parseNames } from '../../core/one-of.ts';
import { UsageError } from '../../core/usage-error.ts';

export interface ReleaseTarget {
  readonly environments: string[];
  readonly branch?: string;
  readonly artifact?: string;
}

/**
 * `<branch> <env>[,<env>…]`, or `--artifact <id> <env>[,<env>…]`.
 * @throws UsageError
 */
export function parseReleaseTarget(
  first: string | undefined,
  second: string | undefined,
  artifact: string | undefined,
): ReleaseTarget {
  if (artifact !== undefined) {
    assertArtifactId(artifact);
    if (first === undefined)
      throw new UsageError('Into which environment?', 'release-cli release --artifact <id> <env>');
    if (second !== undefined) throw new UsageError('Give either a branch or --artifact, not both.');
    return { artifact, environments: parseNames('The list of environments', first) };
  }
  if (first === undefined || second === undefined) {
    throw new UsageError(
      first === undefined
        ? 'What is released, and into which environment?'
        : `Into which environment is ${first} released?`,
      'release-cli release <branch> <env>[,<env>…], or --artifact <id> <env>',
    );
  }
  return { branch: first, environments: parseNames('The list of environments', second) };
}

/** @throws UsageError */
export function assertArtifactId(text: string): void {
  if (!isArtifactId(text))
    throw new UsageError(
      `"${text}" is no artifact id: one looks like main-0123456789-abcdef0123.`,
      '`release-cli artifact list` shows them',
    );
}
