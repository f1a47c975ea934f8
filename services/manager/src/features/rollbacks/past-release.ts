import type { BuildOrder, ReleaseState } from '@release-manager/domain';

/** A release that was committed to the target. */
export interface PastRelease {
  readonly id: string;
  /** Absent: an undeploy. */
  readonly artifactId?: string | undefined;
  readonly state: ReleaseState;
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

/** States that only a daemon brings about. */
const reported: ReadonlySet<ReleaseState> = new Set(['applied', 'rolling-out', 'healthy', 'failed']);

/** How a release ended in the cluster, as far as anybody said; `open` ended with nothing that tells good from bad. */
export type Ending = 'healthy' | 'failed' | 'unreported' | 'open';

/**
 * How the artifact ended there the last time that it came to an end. A release of the time before anybody reported from there
 * is `unreported`: being committed was all that it could become.
 */
export function endingOf(artifactId: string, past: readonly PastRelease[]): Ending | undefined {
  const oldestReport = past.findLastIndex(({ state }) => reported.has(state));
  const own = past.flatMap((release, index) =>
    release.artifactId === artifactId ? [endingOfOne(release.state, index > oldestReport)] : [],
  );
  return own.find((ending) => ending !== 'open') ?? own[0];
}

function endingOfOne(state: ReleaseState, beforeReports: boolean): Ending {
  if (state === 'healthy' || state === 'failed') return state;
  return state === 'committed' && beforeReports ? 'unreported' : 'open';
}
