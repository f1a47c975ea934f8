/** A pull request of a source repository, as GitHub last told of it. */
export interface KnownPullRequest {
  /** `owner/name` in lower case, as GitHub compares names. */
  readonly repository: string;
  readonly number: number;
  /** Web address of the repository. */
  readonly address: string;
  readonly title: string;
  /** Login; absent where the account was deleted. */
  readonly author: string | undefined;
  readonly draft: boolean;
  readonly state: 'open' | 'merged' | 'closed';
  readonly headSha: string;
  readonly headBranch: string;
  /** Absent where it was deleted. */
  readonly headRepository: string | undefined;
  readonly baseBranch: string;
  /** The commit of the base branch that it became; of a merged one. */
  readonly mergeSha: string | undefined;
  readonly mergedAt: Date | undefined;
  readonly updatedAt: Date;
}

/** Names a pull request in deliveries: `owner/name#7`. */
export function keyOf({ repository, number }: Pick<KnownPullRequest, 'repository' | 'number'>): string {
  return `${repository}#${number}`;
}

/** The head is of another repository, or of one that is gone: whoever wrote it needs no right in this one. */
export function isFork({ repository, headRepository }: KnownPullRequest): boolean {
  return headRepository !== repository;
}

/** What the head changes, as GitHub lists it. */
export interface ChangedFiles {
  /** The head that was looked at. */
  readonly head: string;
  readonly base: string;
  readonly paths: readonly string[];
  /** False: there are more than GitHub lists. */
  readonly isComplete: boolean;
}
