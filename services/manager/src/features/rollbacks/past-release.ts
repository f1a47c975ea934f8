import type { BuildOrder, ReleaseState } from '@release-manager/domain';

/** A release that was committed to the target. */
export interface PastRelease {
  readonly id: string;
  /** Absent: an undeploy. */
  readonly artifactId?: string | undefined;
  readonly state: ReleaseState;
  /** A daemon reported from there, so being committed was not the end that was meant. */
  readonly watched?: boolean | undefined;
  readonly committedAt: Date;
}

/** What is known of a build, for telling which of two is newer. */
export interface Build {
  readonly branch: string;
  readonly order: BuildOrder;
}

/** Everything that the choice rests on; the same facts give the same choice. */
export interface Situation {
  readonly service: string;
  readonly environment: string;
  /** What people want to get away from; absent where the service is not there. */
  readonly current: string | undefined;
  /** The last committed first. */
  readonly past: readonly PastRelease[];
  /** Artifacts that may not be released there. */
  readonly quarantined: ReadonlySet<string>;
  /** Of the artifacts that are still known. */
  readonly builds: ReadonlyMap<string, Build>;
}

/** How a release ended in the cluster, as far as anybody said; `open` ended with nothing that tells good from bad. */
export type Ending = 'healthy' | 'failed' | 'unreported' | 'open';

/**
 * How the artifact ended there the last time that it came to an end. Where nobody reported a release is `unreported`: being
 * committed was all that it could become.
 */
export function endingOf(artifactId: string, past: readonly PastRelease[]): Ending | undefined {
  const own = past.filter((release) => release.artifactId === artifactId).map(endingOfOne);
  return own.find((ending) => ending !== 'open') ?? own[0];
}

function endingOfOne({ state, watched }: PastRelease): Ending {
  if (state === 'healthy' || state === 'failed') return state;
  return state === 'committed' && watched !== true ? 'unreported' : 'open';
}
