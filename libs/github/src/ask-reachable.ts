import type { Octokit } from '@octokit/rest';

import { requestOf } from './github-clients.ts';
import { failureOf } from './github-errors.ts';
import type { GithubRepository } from './github-repository.ts';
import type { Reachability, SourceClaim } from './github.ts';

/** Whom to ask, and of which repository. */
export interface Asking {
  readonly client: Octokit;
  readonly repository: GithubRepository;
  readonly signal?: AbortSignal | undefined;
  readonly now: Date;
}

export interface Question extends Asking, Pick<SourceClaim, 'branch' | 'sha'> {}

/**
 * Asks for the tip of exactly that branch, and compares the commit with it. The branch is never part of the comparison: there
 * GitHub would take a tag of the same name, a branch of a fork (`owner:branch`) or an expression like `HEAD` as well.
 */
export async function askReachable(question: Question): Promise<Reachability> {
  const { client, repository, branch, sha, signal } = question;
  const more = requestOf(signal);
  const ref = `heads/${branch}`;
  // 409: a repository without a commit.
  const found = await unlessRefused(question, [404, 409], () =>
    client.rest.git.getRef({ ...repository, ...more, ref }).then(({ data }) => data),
  );
  if (found === undefined) return (await isThere(question)) ? { kind: 'no-branch' } : { kind: 'no-repository' };
  if (found.ref !== `refs/${ref}`) return { kind: 'no-branch' };
  const tip = found.object.sha;
  if (tip === sha) return { kind: 'reachable', relation: 'identical', tip };
  const relation = await compareCommits(question, tip, sha);
  switch (relation) {
    case undefined:
      return { kind: 'no-commit', tip };
    case 'identical':
    case 'behind':
      return { kind: 'reachable', relation, tip };
    case 'ahead':
    case 'diverged':
      return { kind: 'not-reachable', relation, tip };
  }
}

/** How `head` lies to `base`, both full commit ids; undefined where GitHub does not know one of them. Throws Octokit's errors. */
export async function compareCommits(
  asking: Asking,
  base: string,
  head: string,
): Promise<'identical' | 'behind' | 'ahead' | 'diverged' | undefined> {
  const { client, repository, signal } = asking;
  try {
    // One commit is enough: it is the first line of the answer that counts, and the rest may be megabytes.
    const { data } = await client.rest.repos.compareCommitsWithBasehead({
      ...repository,
      ...requestOf(signal),
      basehead: `${base}...${head}`,
      per_page: 1,
    });
    return data.status;
  } catch (error) {
    const { status, says } = failureOf(error, asking.now);
    if (status !== 404 && status !== 422) throw error;
    return /no common ancestor/i.test(says) ? 'diverged' : undefined;
  }
}

/** GitHub's 404 for a branch says nothing of whether there is such a repository. */
async function isThere(question: Question): Promise<boolean> {
  const { client, repository, signal } = question;
  const found = await unlessRefused(question, [404, 451], () =>
    client.rest.repos.get({ ...repository, ...requestOf(signal) }).then(() => true),
  );
  return found === true;
}

async function unlessRefused<Result>(
  { now }: Question,
  statuses: readonly number[],
  ask: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await ask();
  } catch (error) {
    const { status } = failureOf(error, now);
    if (status !== undefined && statuses.includes(status)) return undefined;
    throw error;
  }
}
