import type { Release } from '../releases/index.ts';

/**
 * The release that brings a merge to an environment: the first one that arrived and is still there, or the last one that is on its
 * way. What was replaced before it arrived brought nothing; what somebody took back is shown only where nothing came after it.
 * @param releases to that environment, of artifacts that contain the merge, the first requested first
 */
export function chooseRelease(releases: readonly Release[]): Release | undefined {
  const counting = releases.filter(({ intent }) => intent !== 'undeploy' && intent !== 'rollback');
  const standing = counting.filter(({ rolledBackBy }) => rolledBackBy === undefined);
  return (
    standing.find(hasArrived) ??
    standing.findLast(({ state }) => state !== 'superseded' && state !== 'cancelled') ??
    counting.at(-1)
  );
}

/** Healthy, or committed where no daemon reports more. */
export function hasArrived({ state, watched }: Release): boolean {
  return state === 'healthy' || (state === 'committed' && watched !== true);
}
