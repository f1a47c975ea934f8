import type { AutoRelease } from './auto-release.ts';
import type { BranchRestriction } from './branch-restriction.ts';

/** One rule as it stands in a file, parsed. `kind` tells them apart. */
export type Policy = AutoRelease | BranchRestriction;

/** A rule and where it stands. Global ones come from `release-manager.yaml`, the others from `policies/<service>.yaml`. */
export interface PlacedPolicy {
  readonly id: string;
  readonly scope: 'global' | 'service';
  readonly policy: Policy;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}
