import { AppError } from '@release-manager/domain';
import type { GithubRepository } from '@release-manager/github';

import { ArtifactRecords, type Artifact } from '../artifacts/index.ts';
import type { PullRequestDeps } from './pull-request-deps.ts';
import { PullRequestStore, type BuildLook, type StoredPullRequest } from './pull-request-store.ts';

/** Artifacts that are asked for in one look. */
const mostAsked = 20;

/** Clocks of CI, GitHub and the manager differ; no artifact registered longer than this before a merge can hold it. */
const clockMs = 10 * 60 * 1000;

/**
 * The artifacts of one service that contain the merge, in the order in which they were registered: of the merge commit itself, or,
 * since merges are squashed and builds are batched, of a commit of the base branch that has it among its ancestors. From the first
 * one on everything that is built of that branch contains it.
 */
export async function findBuilt(
  deps: PullRequestDeps,
  pull: StoredPullRequest,
  service: string,
  signal: AbortSignal,
): Promise<readonly Artifact[]> {
  const { mergeSha, mergedAt, baseBranch: branch } = pull;
  if (mergeSha === undefined || mergedAt === undefined) return [];
  const before = pull.builds[service] ?? { looked: 0 };
  const seq = before.built === undefined ? before.looked : before.built - 1;
  const since = new Date(mergedAt.getTime() - clockMs);
  const { db } = deps.database;
  const found = await new ArtifactRecords(db).following({ service, branch }, { seq, since }, mostAsked);
  if (before.built !== undefined || found.length === 0) return found;
  const { first, look } = await firstWith(deps, { pull, mergeSha, found, before }, signal);
  await new PullRequestStore(db).setBuild(pull, service, look);
  return first === undefined ? [] : found.slice(first);
}

interface Search {
  readonly pull: StoredPullRequest;
  readonly mergeSha: string;
  readonly found: readonly Artifact[];
  readonly before: BuildLook;
}

async function firstWith(
  { github }: PullRequestDeps,
  { pull, mergeSha, found, before }: Search,
  signal: AbortSignal,
): Promise<{ readonly first: number | undefined; readonly look: BuildLook }> {
  const repository = github.repositoryAt(pull.address);
  let { looked } = before;
  for (const [first, { sha, seq }] of found.entries()) {
    const contains =
      sha === mergeSha ||
      (repository !== undefined && (await isAncestor(github, { repository, mergeSha, sha }, signal)));
    if (contains) return { first, look: { looked, built: seq } };
    looked = seq;
  }
  return { first: undefined, look: { looked } };
}

async function isAncestor(
  github: PullRequestDeps['github'],
  asked: { readonly repository: GithubRepository; readonly mergeSha: string; readonly sha: string },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const compared = await github.contents.compare(asked.repository, asked.mergeSha, asked.sha, signal);
    return compared?.relation === 'ahead' || compared?.relation === 'identical';
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not-found') return false;
    throw error;
  }
}
