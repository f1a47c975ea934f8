import type { GithubRepository, PullRequest } from '@release-manager/github';
import type { Db } from '@release-manager/postgres';

import { ServiceRecords } from '../services/index.ts';
import { PullRequestStore } from './pull-request-store.ts';
import type { KnownPullRequest } from './pull-request.ts';
import { wantComment } from './want-comment.ts';

/** What was merged longer ago, and is heard of only now, is history: nobody waits for a comment on it. */
const newsMs = 24 * 60 * 60 * 1000;

/**
 * Takes in what GitHub told of a pull request, in the caller's transaction, and has its comment looked at. That of a repository
 * which no service comes from is none of ours.
 * @returns whether it was news
 */
export async function learnPullRequest(tx: Db, pull: KnownPullRequest, at: Date): Promise<boolean> {
  const services = await new ServiceRecords(tx).comingFrom(pull.address);
  if (services.length === 0) return false;
  const store = new PullRequestStore(tx);
  const isOver = pull.state !== 'open' && at.getTime() - (pull.mergedAt ?? pull.updatedAt).getTime() > newsMs;
  if (isOver && (await store.find(pull)) === undefined) return false;
  if (!(await store.learn(pull))) return false;
  await wantComment(tx, pull, 'normal', at);
  return true;
}

/** A pull request as the API of GitHub shows it. */
export function knownFromApi(pull: PullRequest, { owner, repo }: GithubRepository, address: string): KnownPullRequest {
  return {
    repository: `${owner}/${repo}`.toLowerCase(),
    number: pull.number,
    address,
    title: pull.title,
    author: pull.author,
    draft: pull.isDraft,
    state: pull.state,
    headSha: pull.headSha,
    headBranch: pull.headRef,
    headRepository: pull.headRepository && `${pull.headRepository.owner}/${pull.headRepository.repo}`.toLowerCase(),
    baseBranch: pull.baseRef,
    mergeSha: pull.mergeCommitSha,
    mergedAt: pull.mergedAt,
    updatedAt: pull.updatedAt,
  };
}
