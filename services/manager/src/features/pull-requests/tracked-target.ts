import type { ReleaseState } from '@release-manager/domain';

/** Why a release is in trouble, in the words of a cluster. */
export interface Trouble {
  readonly cluster: string;
  readonly since: Date;
  readonly message: string;
  readonly next: string | undefined;
  /** The last lines that a container printed before it died. */
  readonly log: readonly string[];
  readonly logOf: string | undefined;
}

/** The release that brings the merge to an environment, or brought it there. */
export interface TrackedRelease {
  readonly id: string;
  readonly artifactId: string;
  readonly state: ReleaseState;
  /** It will not become anything else by itself. */
  readonly ended: boolean;
  readonly says: string;
  /** When it came into its state. */
  readonly since: Date;
  readonly progress: { readonly done: number; readonly wanted: number } | undefined;
  readonly rolledBackBy: string | undefined;
  readonly trouble: Trouble | undefined;
}

/** How far the merge came on its way to one environment. */
export interface TrackedTarget {
  readonly service: string;
  readonly environment: string;
  readonly stage:
    | { readonly kind: 'build' }
    | { readonly kind: 'rejected'; readonly artifactId: string; readonly why: string }
    /** An artifact is ready, and nothing was recorded of a release. */
    | { readonly kind: 'artifact'; readonly artifactId: string; readonly sha: string }
    | { readonly kind: 'release'; readonly release: TrackedRelease; readonly sha: string };
}

/** Whether it runs well there now: healthy, or committed where no daemon says more, and neither crashed nor taken back since. */
export function isLive(target: TrackedTarget): boolean {
  const { stage } = target;
  if (stage.kind !== 'release' || isBroken(target)) return false;
  const { state, ended, rolledBackBy } = stage.release;
  return rolledBackBy === undefined && (state === 'healthy' || (state === 'committed' && ended));
}

/** Whether somebody has to look: it failed, was refused, or crashed afterwards. */
export function isBroken({ stage }: TrackedTarget): boolean {
  if (stage.kind === 'rejected') return true;
  if (stage.kind !== 'release') return false;
  const { state, trouble, rolledBackBy } = stage.release;
  return rolledBackBy === undefined && (state === 'failed' || state === 'denied' || trouble !== undefined);
}
