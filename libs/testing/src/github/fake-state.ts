/** What the fake remembers, in its own words; `render.ts` makes GitHub's answers of it. */
export interface FakePullRequest {
  readonly number: number;
  title: string;
  readonly author: string;
  state: 'open' | 'closed';
  draft: boolean;
  readonly headRef: string;
  headSha: string;
  /** `owner/name`; undefined where the fork was deleted. */
  headRepository: string | undefined;
  baseRef: string;
  baseSha: string;
  mergeCommitSha: string | undefined;
  mergedAt: Date | undefined;
  readonly createdAt: Date;
  updatedAt: Date;
  /** Names as they are written. */
  readonly labels: Set<string>;
  files: readonly FakeChangedFile[];
  /** Every commit that was ever its head. */
  readonly commits: Set<string>;
}

export interface FakeChangedFile {
  readonly filename: string;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed';
  readonly previous?: string;
}

export interface FakeComment {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  body: string;
  readonly createdAt: Date;
  updatedAt: Date;
  /** How often it was changed. */
  edits: number;
  readonly reactions: { readonly author: string; readonly content: string }[];
}

export interface FakeLabel {
  readonly name: string;
  readonly color: string;
  readonly description: string;
}

export interface FakeDeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly logUrl: string;
  readonly createdAt: Date;
}

export interface FakeDeployment {
  readonly id: number;
  readonly sha: string;
  readonly environment: string;
  readonly task: string;
  readonly payload: unknown;
  readonly description: string;
  readonly isProduction: boolean;
  readonly createdAt: Date;
  /** Newest last. */
  readonly statuses: FakeDeploymentStatus[];
}

export interface FakeCheckRun {
  readonly id: number;
  readonly sha: string;
  readonly name: string;
  status: string;
  conclusion: string | undefined;
  title: string;
  summary: string;
  text: string | undefined;
  detailsUrl: string;
}

export interface FakeStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly targetUrl: string | undefined;
}

/** Numbers as large as GitHub's, and never the same for two things. */
export function makeIds(): () => number {
  let next = 2_400_000_000;
  return () => (next += 1 + (next % 7));
}
