import type { CheckRuns, CommitStatuses } from './check-run.ts';
import type { Contents } from './contents.ts';
import type { Deployments } from './deployment.ts';
import type { GithubRepository } from './github-repository.ts';
import type { Github } from './github.ts';
import type { IssueComments } from './issue-comment.ts';
import type { Labels } from './label.ts';
import type { PullRequests } from './pull-request.ts';

/** Who we are in conversations. */
export interface GithubSelf {
  /** `ada`, or `release-manager[bot]` of an App. */
  readonly login: string;
  readonly isApp: boolean;
}

/**
 * GitHub as the place where people work, beside what `Github` answers about commits.
 *
 * Everything reads and writes one repository, and throws AppErrors: unavailable `github.unavailable`, `github.refused`; limited
 * `github.rate-limited` with `retryAfterSeconds` in its details; and, other than `Github`, what stays wrong as what it is:
 * forbidden `github.forbidden` (names the permission to grant), not-found `github.not-found` (repository or number is not there,
 * or may not be seen), invalid `github.invalid` (GitHub says what). What was written although the answer was lost throws
 * unavailable: look before writing again.
 */
export interface GithubApi extends Github {
  /** The repository at an address in any form that git takes; undefined when it is not on this GitHub. */
  repositoryAt(address: string): GithubRepository | undefined;
  /** Whether check runs may be made: an App may, a token may not. */
  readonly isApp: boolean;
  /** Asked for once. */
  self(signal?: AbortSignal): Promise<GithubSelf>;
  readonly pulls: PullRequests;
  readonly comments: IssueComments;
  readonly labels: Labels;
  readonly deployments: Deployments;
  readonly checks: CheckRuns;
  readonly statuses: CommitStatuses;
  readonly contents: Contents;
}
