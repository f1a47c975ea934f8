import { AppError } from '@release-manager/domain';

import type { ConfigRepo } from '../config-repo/index.ts';

/**
 * Whether the branch of what comes straight from the bucket is believed: an IAM prefix tells the service, not the branch.
 * @throws AppError unavailable `incoming.trust-unknown` while the config repo cannot be read: the answer is kept with the
 * artifact, so it must not be a guess
 */
export function isTrusted(repo: Pick<ConfigRepo, 'snapshot' | 'readAt'>, service: string): boolean {
  const snapshot = repo.snapshot();
  if (snapshot.trustIncoming.includes(service)) return true;
  const isBroken = snapshot.problems.some(({ scope }) => scope.kind === 'all');
  if (repo.readAt() !== undefined && !isBroken) return false;
  throw new AppError(
    'unavailable',
    'incoming.trust-unknown',
    'release-manager.yaml cannot be read, which says whom to trust.',
    {
      next: 'mend release-manager.yaml; until then what comes straight from the bucket waits there',
    },
  );
}
