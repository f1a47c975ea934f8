import type { Actor } from '@release-manager/domain';

import type { Release } from '../releases/index.ts';
import type { Target } from './choose-target.ts';

/** What somebody asks for. */
export interface RollbackRequest {
  readonly service: string;
  readonly environment: string;
  /** The artifact to go back to; absent: the newest before the current one that ended well there. */
  readonly to?: string | undefined;
  /** What the caller saw there. */
  readonly from?: string | undefined;
  readonly reason: string;
  readonly idempotencyKey?: string | undefined;
}

/** The record of a rollback that was asked for. */
export interface Rollback {
  readonly id: string;
  readonly service: string;
  readonly environment: string;
  /** Absent: an undeploy was taken back. */
  readonly fromArtifactId?: string;
  readonly toArtifactId: string;
  /** Absent: nothing had to be committed. */
  readonly releaseId?: string;
  /** Releases that were queued and did not go out because of it. */
  readonly cancelled: readonly string[];
  /** Environments. */
  readonly quarantined: readonly string[];
  readonly reason: string;
  readonly actor: Actor;
  readonly acceptedAt: Date;
  readonly requestHash?: string;
}

/** Where a bad artifact may still go, and why. */
export interface Unquarantined {
  readonly environment: string;
  readonly why: string;
}

/** What became of a request. */
export interface RollbackOutcome {
  readonly outcome: 'accepted' | 'done' | 'denied' | 'already-there';
  readonly service: string;
  readonly environment: string;
  readonly message: string;
  readonly from?: string | undefined;
  readonly to?: Target | undefined;
  readonly release?: Release | undefined;
  readonly cancelled: readonly Release[];
  readonly held: boolean;
  readonly quarantined: readonly string[];
  readonly notQuarantined: readonly Unquarantined[];
}
