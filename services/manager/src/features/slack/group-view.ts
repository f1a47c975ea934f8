import type { ReleaseIntent, ReleaseState } from '@release-manager/domain';

/** Everything that a message shows, read at the moment of sending. Text of others stands in it as it is; who renders it escapes. */
export interface GroupView {
  readonly service: string;
  readonly owner?: string | undefined;
  /** What was released; absent: an undeploy, or a build that has no artifact yet. */
  readonly artifact?: ShownSource | undefined;
  /** Of the CI run, while it is under way and after it. */
  readonly build?: ShownBuild | undefined;
  /** In the order of promotion. */
  readonly targets: readonly ShownTarget[];
  readonly links: { readonly runbook?: string | undefined; readonly dashboard?: string | undefined };
}

export interface ShownSource {
  /** Of an artifact. */
  readonly id?: string | undefined;
  readonly branch: string;
  readonly sha: string;
  readonly message?: string | undefined;
  readonly url?: string | undefined;
  readonly author: string;
}

export interface ShownBuild {
  readonly state: 'running' | 'finished' | 'abandoned';
  readonly jobUrl?: string | undefined;
  readonly steps: readonly { readonly name: string; readonly status: 'passed' | 'failed' | 'running' | 'skipped' }[];
}

/** One release: one environment of the message. */
export interface ShownTarget {
  readonly releaseId: string;
  readonly service: string;
  readonly environment: string;
  readonly state: ReleaseState;
  readonly intent: ReleaseIntent;
  readonly automatic: boolean;
  readonly artifact?: string | undefined;
  /** The short name of who asked for it, or the policy. */
  readonly by: string;
  readonly reason?: string | undefined;
  /** The state in words. */
  readonly says: string;
  readonly at: Date;
  readonly failure?: string | undefined;
  /** The way out of the failure. */
  readonly next?: string | undefined;
  /** `healthy` after it had failed. */
  readonly recovered: boolean;
  readonly rolledBackBy?: string | undefined;
  /** A newer release of the service is in the environment, or on its way there: nothing can be done to this one any more. */
  readonly isPast: boolean;
  readonly hold?: { readonly reason: string; readonly by: string } | undefined;
  readonly incident?: { readonly says: string; readonly times: number } | undefined;
  /** `committed` is its end: nobody reports from there. */
  readonly endsCommitted: boolean;
  /** Its page. */
  readonly url: string;
}
