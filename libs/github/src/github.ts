/** Who the manager is to GitHub: a token of a person or a machine user, or an App with an installation per account. */
export type GithubAuth =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'app'; readonly appId: string; readonly privateKey: string };

/** A commit that somebody says is on a branch. */
export interface SourceClaim {
  /** Address of the repository, in any form that git takes. */
  readonly repository: string;
  /** Full commit id, 40 lower-case hex digits. */
  readonly sha: string;
  /** Exact branch, without `refs/heads/`. */
  readonly branch: string;
}

/**
 * What GitHub says of a claim. `identical` and `behind` are words of its comparison from the tip of the branch to the commit:
 * the commit is the tip, or an ancestor of it. `ahead` and `diverged` are not on the branch.
 */
export type Reachability =
  | { readonly kind: 'reachable'; readonly relation: 'identical' | 'behind'; readonly tip: string }
  | { readonly kind: 'not-reachable'; readonly relation: 'ahead' | 'diverged'; readonly tip: string }
  | { readonly kind: 'no-commit'; readonly tip: string }
  | { readonly kind: 'no-branch' }
  /** It is not there, or these credentials do not see it: GitHub tells nobody which. */
  | { readonly kind: 'no-repository' }
  /** The address names another host than the one that is asked. */
  | { readonly kind: 'elsewhere'; readonly host: string };

/** What can be found out about the credentials without touching a repository. */
export interface GithubAccess {
  /** `token`, or the App by its name. */
  readonly as: string;
  /** A token may make no check runs. */
  readonly isApp: boolean;
  /** Of an App: `contents` to `read` or `write`. GitHub tells a token's only where it is a classic one. */
  readonly permissions: Readonly<Record<string, string>> | undefined;
  /** Absent where GitHub counts nothing, as on some servers of one's own, and for an App, which has one per installation. */
  readonly rate: { readonly remaining: number; readonly limit: number; readonly resetAt: Date } | undefined;
  /** Seconds that GitHub's clock is ahead of ours. */
  readonly clockSeconds: number | undefined;
}

/**
 * GitHub as the manager needs it.
 * @throws AppError unavailable `github.unavailable` (no answer, or one of its own faults), `github.refused` (the credentials do
 *   not count), `github.forbidden` (they lack a permission); limited `github.rate-limited` with `retryAfterSeconds` in its
 *   details. No error holds a secret.
 */
export interface Github {
  /** Whether the commit is on the branch now: its tip, or an ancestor of it. */
  isReachable(claim: SourceClaim, signal?: AbortSignal): Promise<Reachability>;
  /** Whether the credentials count, and for what. */
  checkAccess(signal?: AbortSignal): Promise<GithubAccess>;
}
