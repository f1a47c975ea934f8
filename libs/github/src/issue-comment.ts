import type { GithubRepository } from './github-repository.ts';

/** A comment in the conversation of a pull request. */
export interface IssueComment {
  readonly id: number;
  readonly body: string;
  /** Login; absent where the account was deleted. */
  readonly author: string | undefined;
  /** Written by us. A marker in a comment of somebody else says nothing. */
  readonly isOwn: boolean;
  readonly url: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const reactions = ['+1', '-1', 'eyes', 'rocket', 'confused'] as const;
export type Reaction = (typeof reactions)[number];

/** GitHub takes no longer text, in UTF-16 code units as JavaScript counts them. */
export const maxCommentLength = 65_536;

export interface IssueComments {
  /** Our own oldest comment that holds the text, among the first 1,000 of the conversation. */
  findOwn(
    repository: GithubRepository,
    number: number,
    marker: string,
    signal?: AbortSignal,
  ): Promise<IssueComment | undefined>;
  /** Those written or changed since then, oldest first; 300 at most. Of all issues and pull requests of the repository. */
  updatedSince(
    repository: GithubRepository,
    since: Date,
    signal?: AbortSignal,
  ): Promise<readonly (IssueComment & { readonly number: number })[]>;
  /** @throws AppError invalid `github.text-too-long` before a request is made */
  create(repository: GithubRepository, number: number, body: string, signal?: AbortSignal): Promise<IssueComment>;
  /** Undefined when somebody deleted it. */
  update(
    repository: GithubRepository,
    id: number,
    body: string,
    signal?: AbortSignal,
  ): Promise<IssueComment | undefined>;
  /** That it is gone already is fine. */
  remove(repository: GithubRepository, id: number, signal?: AbortSignal): Promise<void>;
  /** Again is fine: GitHub keeps one of a kind from each. */
  react(repository: GithubRepository, id: number, reaction: Reaction, signal?: AbortSignal): Promise<void>;
}
