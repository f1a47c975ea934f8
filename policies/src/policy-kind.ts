import type { ReleaseIntent, RuleOpinion } from '@release-manager/domain';
import type { z } from 'zod';

/** The release that is asked about. */
export interface PolicyRequest {
  readonly service: string;
  readonly environment: string;
  /** Exact branch of the artifact; absent when nothing is released (undeploy) or nobody knows. */
  readonly branch?: string;
  /** False when nobody but the uploader says that the artifact comes from that branch. */
  readonly branchProven: boolean;
  readonly artifactId?: string;
  readonly intent: ReleaseIntent;
  /** Nobody pressed a button. */
  readonly automatic: boolean;
  /** The artifact was committed to this environment before; only a way back asks for it. */
  readonly onceCommittedThere?: boolean;
  readonly now: Date;
}

/**
 * What one rule says; the registry adds which rule it is and where it stands. The explanation has no full stop: several are
 * joined into one sentence.
 */
export interface Opinion extends Pick<RuleOpinion, 'verdict' | 'explanation' | 'next'> {
  /** Another rule would have said otherwise: changing it is a way out too, and its place is named. */
  readonly ruleIsTheCause?: boolean;
}

/**
 * One kind of rule: its schema, what it decides and how it says so, in one file. A new kind is a new file and a line in the
 * registry.
 */
export interface PolicyKind<P extends { readonly kind: string }> {
  readonly kind: P['kind'];
  /** Refuses unknown fields. */
  readonly schema: z.ZodType<P>;
  /** The same for the same rule, wherever it stands; at most 200 characters of a-z, 0-9 and `-`. */
  id(policy: P): string;
  /** The rule in words, for lists. */
  describe(policy: P): string;
  /**
   * @param siblings every rule of this kind that speaks of the environment, this one included: what several of them mean
   *   together is the kind's own business.
   * @returns nothing when the rule has nothing to say of this release.
   */
  evaluate(policy: P, request: PolicyRequest, siblings: readonly P[]): Opinion | undefined;
  /** What the absence of any such rule for the environment means. */
  whenAbsent?(request: PolicyRequest): Opinion | undefined;
}
