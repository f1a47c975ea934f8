import type { BuildView, Check } from '@release-manager/contract';
import type { Actor } from '@release-manager/domain';

export type BuildState = BuildView['state'];

/** One CI run of one service, from its first report on. */
export interface Build {
  readonly service: string;
  /** As `buildId` of the contract makes it from `ci`. */
  readonly id: string;
  /** The order in which builds were first heard of. */
  readonly seq: number;
  readonly state: BuildState;
  readonly source: BuildView['source'];
  readonly ci: BuildView['ci'];
  readonly checks: readonly Check[];
  /** The artifact that took over the checks. */
  readonly artifactId?: string;
  readonly reportedBy: Actor;
  readonly startedAt: Date;
  /** When it was last heard of. */
  readonly updatedAt: Date;
  readonly endedAt?: Date;
}
