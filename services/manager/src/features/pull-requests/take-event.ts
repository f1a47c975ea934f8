import type { Database, Db } from '@release-manager/postgres';
import type { JobHandler, Queue } from '@release-manager/queue';

import { addressOf, GithubEventStore, type IssueCommentEvent, type PullRequestEvent } from '../webhooks/index.ts';
import { learnPullRequest } from './learn-pull-request.ts';
import { LookStore } from './look-store.ts';
import { PullRequestStore } from './pull-request-store.ts';
import type { KnownPullRequest } from './pull-request.ts';
import { commentOf, takeComment } from './take-comment.ts';
import { wantComment } from './want-comment.ts';

export interface TakeEventDeps {
  readonly database: Database;
  readonly queue: Pick<Queue, 'enqueue'>;
  readonly now: () => Date;
}

/** Open pull requests that are looked at again after a push to their base branch, the last changed first. */
const mostOfBranch = 100;

/**
 * The handler of `githubEventJob`: what an event changes is written in the transaction that says that it was worked on, so that
 * one which comes to two workers, or to one that died, is worked on once.
 */
export function createEventHandler(deps: TakeEventDeps): JobHandler<{ delivery: string }> {
  const { database, now } = deps;
  return ({ delivery }) =>
    database.transaction(async (tx) => {
      const store = new GithubEventStore(tx);
      const found = await store.lockOpen(delivery);
      if (found === undefined) return;
      const { event, payload } = found;
      const at = now();
      switch (event) {
        case 'pull_request':
          await learnPullRequest(tx, knownFromEvent(payload), at);
          break;
        case 'push':
          await lookAgain(tx, { address: addressOf(found), ref: payload.ref }, at);
          break;
        case 'issue_comment':
          await takeCommentEvent(tx, payload, deps);
          break;
        case 'installation':
        case 'installation_repositories':
          // What an App may see now was hidden before, or the other way round.
          await new LookStore(tx).lookSoon();
          break;
      }
      await store.done(delivery, at);
    });
}

async function takeCommentEvent(tx: Db, event: IssueCommentEvent, deps: TakeEventDeps): Promise<void> {
  const comment = commentOf(event);
  if (comment !== undefined) await takeComment(tx, comment, deps);
}

/** Whatever lies on the base branch, `release.yaml` above all, may have changed. */
async function lookAgain(
  tx: Db,
  { address, ref }: { readonly address: string | undefined; readonly ref: string },
  at: Date,
): Promise<void> {
  const repository = address?.split('/').slice(-2).join('/').toLowerCase();
  const [, branch] = /^refs\/heads\/(.+)$/.exec(ref) ?? [];
  if (repository === undefined || branch === undefined) return;
  for (const pull of await new PullRequestStore(tx).openInto(repository, branch, mostOfBranch))
    await wantComment(tx, pull, 'normal', at);
}

/** A pull request as an event shows it. */
function knownFromEvent({ repository, pull_request: pull }: PullRequestEvent): KnownPullRequest {
  const isMerged = pull.merged === true || (pull.merged_at ?? undefined) !== undefined;
  return {
    repository: repository.full_name.toLowerCase(),
    number: pull.number,
    address: repository.html_url,
    title: pull.title,
    author: pull.user?.login,
    draft: pull.draft === true,
    state: pull.state === 'open' ? 'open' : isMerged ? 'merged' : 'closed',
    headSha: pull.head.sha,
    headBranch: pull.head.ref,
    headRepository: pull.head.repo?.full_name.toLowerCase(),
    baseBranch: pull.base.ref,
    // Of an open one GitHub names the commit of a trial merge here.
    mergeSha: isMerged ? (pull.merge_commit_sha ?? undefined) : undefined,
    mergedAt: isMerged ? (pull.merged_at ?? undefined) : undefined,
    updatedAt: pull.updated_at,
  };
}
