import { isNewer } from '@release-manager/domain';

import type { Situation } from './past-release.ts';

/**
 * Whether an artifact is newer than the current one. Builds of one branch say so themselves; between branches, and for builds
 * that nobody remembers, what counts is which of the two came there first.
 */
export function isNewerThere(artifactId: string, { current, past, builds }: Situation): boolean {
  if (current === undefined || artifactId === current) return false;
  const [candidate, reference] = [builds.get(artifactId), builds.get(current)];
  if (candidate !== undefined && reference !== undefined && candidate.branch === reference.branch)
    return isNewer(candidate.order, reference.order);
  const arrival = (id: string): number => past.findLastIndex((release) => release.artifactId === id);
  const [own, other] = [arrival(artifactId), arrival(current)];
  // The last committed stands first. What is only on its way there is newer than all that was.
  return other !== -1 && own < other;
}
