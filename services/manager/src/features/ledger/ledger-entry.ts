import type { Actor } from '@release-manager/domain';

/** One row of the record: who did what to what, when and why. Written in the transaction of what it tells of. */
export interface NewLedgerEntry {
  /** `<noun>.<what happened>`: `release.queued`, `artifact.ready`, `token.created`. */
  readonly kind: string;
  readonly actor: Actor;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly artifactId?: string | undefined;
  readonly releaseId?: string | undefined;
  /** State before and after, where the entry tells of a state. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** What happened and why, in words that a person reads. */
  readonly cause: string;
  /** Facts for programs; never a secret. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  readonly at: Date;
}
