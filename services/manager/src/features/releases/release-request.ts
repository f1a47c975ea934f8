import type { ReleaseTarget } from './draft-release.ts';
import type { Release } from './release.ts';

export interface ReleaseRequest {
  readonly service: string;
  readonly environments: readonly string[];
  readonly what: ReleaseTarget;
  readonly reason?: string | undefined;
  /** The caller's own name for this request: under the same one again it gets the first answer. */
  readonly idempotencyKey?: string | undefined;
}

/** What became of a request in one environment. */
export interface Outcome {
  readonly environment: string;
  readonly outcome: 'accepted' | 'denied' | 'waiting' | 'already-there';
  readonly release?: Release | undefined;
  readonly message: string;
}
