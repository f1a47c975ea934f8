import type { Actor, Decision, GitIdentity, ReleaseIntent, ReleaseState } from '@release-manager/domain';

export interface ReleaseFailure {
  readonly code: string;
  readonly message: string;
  readonly next?: string;
}

/** The record of one artifact going to one environment. */
export interface Release {
  readonly id: string;
  readonly seq: number;
  readonly requestId: string;
  readonly service: string;
  readonly environment: string;
  /** Absent: an undeploy. */
  readonly artifactId?: string;
  readonly intent: ReleaseIntent;
  readonly automatic: boolean;
  readonly branch?: string;
  readonly state: ReleaseState;
  readonly actor: Actor;
  /** The author of its commit. */
  readonly author: GitIdentity;
  readonly reason?: string;
  readonly decision?: Decision;
  readonly waitsFor?: string;
  readonly failure?: ReleaseFailure;
  readonly supersededBy?: string;
  readonly replacedArtifactId?: string;
  readonly retryOf?: string;
  /** The rollback that took its place. */
  readonly rolledBackBy?: string;
  readonly queueSeq?: number;
  readonly commitSha?: string;
  /** Id of the folder as it was committed: another one there now means a hand edit. */
  readonly treeOid?: string;
  /** Of an undeploy that follows from a move: the namespace to leave. Absent: all of them. */
  readonly leavesNamespace?: string;
  /** What was asked for, of a request with an idempotency key. */
  readonly requestHash?: string;
  readonly requestedAt: Date;
  readonly queuedAt?: Date;
  readonly committedAt?: Date;
  readonly updatedAt: Date;
  /** A daemon reports what became of it: it does not end at `committed`. */
  readonly watched?: true;
}

/** What is known when a release is asked for; the store adds its place. */
export type NewRelease = Omit<
  Release,
  'seq' | 'queueSeq' | 'queuedAt' | 'committedAt' | 'commitSha' | 'treeOid' | 'rolledBackBy' | 'updatedAt'
> & {
  readonly idempotencyKey?: string;
};
