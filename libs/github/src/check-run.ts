import type { GithubRepository } from './github-repository.ts';

/** `undefined` while it is under way. */
export type CheckConclusion = 'success' | 'failure' | 'neutral' | 'action_required' | 'cancelled' | 'skipped';

/** What stands beside a commit: a check run of an App, or what is left of it in a commit status of a token. */
export interface CheckContent {
  /** At most 255 characters. */
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
  /** Markdown, at most 65,535 characters. */
  readonly text?: string | undefined;
  readonly conclusion: CheckConclusion | undefined;
  readonly detailsUrl: string;
}

export interface CheckRun {
  readonly id: number;
  readonly conclusion: string | undefined;
  readonly title: string | undefined;
  readonly summary: string | undefined;
}

/** Only an App may make check runs. */
export interface CheckRuns {
  /** Our own latest one of that name. */
  find(
    repository: GithubRepository,
    wanted: { readonly sha: string; readonly name: string },
    signal?: AbortSignal,
  ): Promise<CheckRun | undefined>;
  create(
    repository: GithubRepository,
    run: CheckContent & { readonly sha: string; readonly name: string },
    signal?: AbortSignal,
  ): Promise<CheckRun>;
  /** Undefined when it is not there any more. */
  update(
    repository: GithubRepository,
    id: number,
    content: CheckContent,
    signal?: AbortSignal,
  ): Promise<CheckRun | undefined>;
}

export interface CommitStatus {
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  /** Cut to 140 characters. */
  readonly description: string;
  readonly targetUrl: string | undefined;
}

export interface CommitStatuses {
  /** The latest of that context. */
  find(
    repository: GithubRepository,
    wanted: { readonly sha: string; readonly context: string },
    signal?: AbortSignal,
  ): Promise<CommitStatus | undefined>;
  /** GitHub takes 1,000 per commit and context, and forgets none. */
  set(
    repository: GithubRepository,
    status: CommitStatus & { readonly sha: string; readonly context: string },
    signal?: AbortSignal,
  ): Promise<void>;
}
