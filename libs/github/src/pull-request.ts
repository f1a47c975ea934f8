import type { GithubRepository } from './github-repository.ts';

/** A pull request as the manager needs it. */
export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly isDraft: boolean;
  /** Login; absent where the account was deleted. */
  readonly author: string | undefined;
  readonly url: string;
  readonly headSha: string;
  /** Branch, without owner. */
  readonly headRef: string;
  /** Where the head comes from; absent where the fork was deleted. */
  readonly headRepository: GithubRepository | undefined;
  /** The head is of another repository, or of one that is gone: what it holds is nobody's word. */
  readonly isFork: boolean;
  readonly baseRef: string;
  /** Tip of the base branch as of the last push to the pull request, which is not always its tip now. */
  readonly baseSha: string;
  /** The commit on the base branch that it became; only of a merged one. */
  readonly mergeCommitSha: string | undefined;
  readonly mergedAt: Date | undefined;
  readonly updatedAt: Date;
  readonly labels: readonly string[];
}

export interface ChangedFile {
  readonly path: string;
  /** Where it was before, of a renamed one. */
  readonly previousPath: string | undefined;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed' | 'unchanged';
}

/** A list that stops somewhere. */
export interface Bounded<Item> {
  readonly items: readonly Item[];
  /** False: there are more than were asked for, or than GitHub lists. */
  readonly isComplete: boolean;
}

export interface PullRequests {
  /** Undefined when there is none of that number, or it may not be seen. */
  get(repository: GithubRepository, number: number, signal?: AbortSignal): Promise<PullRequest | undefined>;
  /** What it changes against the merge base. GitHub lists 3,000 files at most. */
  files(repository: GithubRepository, number: number, signal?: AbortSignal): Promise<Bounded<ChangedFile>>;
  /** Those of any state that something happened to since then, newest first; 500 at most. Made for polling: what did not change counts towards no limit. */
  updatedSince(repository: GithubRepository, since: Date, signal?: AbortSignal): Promise<Bounded<PullRequest>>;
  /** Those that brought a commit to the default branch, or have it as one of theirs. */
  ofCommit(repository: GithubRepository, sha: string, signal?: AbortSignal): Promise<readonly PullRequest[]>;
}
