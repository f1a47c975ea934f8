import type { Octokit } from '@octokit/rest';

import { unlessGone, assertSha, type Call, type GithubCalls, type Where } from './github-calls.ts';
import type { GithubRepository } from './github-repository.ts';
import type { Bounded, PullRequest, PullRequests } from './pull-request.ts';

/** What every answer about a pull request has. */
interface PullAnswer {
  readonly number: number;
  readonly title: string;
  readonly state: string;
  readonly draft?: boolean;
  readonly user: { readonly login: string } | null;
  readonly html_url: string;
  /** GitHub's description denies it, but the repository of a deleted fork is null. */
  readonly head: Omit<Side, 'repo'> & { readonly repo: Side['repo'] | null };
  readonly base: Side;
  readonly merge_commit_sha: string | null;
  readonly merged_at: string | null;
  readonly updated_at: string;
  readonly labels: readonly { readonly name?: string }[];
}

interface Side {
  readonly sha: string;
  readonly ref: string;
  readonly repo: { readonly id: number; readonly name: string; readonly owner: { readonly login: string } };
}

const pageSize = 100;
const mostFiles = 3000;
const mostUpdated = 500;

export function createPullRequests(calls: GithubCalls): PullRequests {
  const firstPages = new FirstPages();
  const call = (repository: GithubRepository, what: string, signal?: AbortSignal): Call => ({
    repository,
    what,
    permission: 'Pull requests: read',
    signal,
  });
  return {
    async get(repository, number, signal) {
      const asked = call(repository, `asking for pull request ${number}`, signal);
      const found = await unlessGone(
        calls.read(asked, (client, where) => client.rest.pulls.get({ ...where, pull_number: number })),
      );
      return found === undefined ? undefined : pullRequestOf(found.data);
    },
    files: (repository, number, signal) =>
      calls.read(call(repository, `asking for the files of pull request ${number}`, signal), (client, where) =>
        pages(mostFiles, async (page) => {
          const { data } = await client.rest.pulls.listFiles({
            ...where,
            pull_number: number,
            per_page: pageSize,
            page,
          });
          return data.map(({ filename, previous_filename, status }) => ({
            path: filename,
            previousPath: previous_filename,
            status,
          }));
        }),
      ),
    async updatedSince(repository, since, signal) {
      const asked = call(repository, 'asking which pull requests changed', signal);
      return calls.read(asked, (client, where) =>
        pages(
          mostUpdated,
          (page) => (page === 1 ? firstPages.get(client, where) : listUpdated(client, where, { page }).then(itemsOf)),
          ({ updatedAt }) => updatedAt >= since,
        ),
      );
    },
    async ofCommit(repository, sha, signal) {
      assertSha(sha);
      const asked = call(repository, `asking for the pull requests of ${sha.slice(0, 10)}`, signal);
      const found = await unlessGone(
        calls.read(asked, (client, where) =>
          client.rest.repos.listPullRequestsAssociatedWithCommit({ ...where, commit_sha: sha, per_page: pageSize }),
        ),
      );
      return (found?.data ?? []).map(pullRequestOf);
    },
  };
}

/** The last changed first. */
function listUpdated(client: Octokit, where: Where, more: { page: number; headers?: { 'if-none-match': string } }) {
  const order = { state: 'all', sort: 'updated', direction: 'desc' } as const;
  return client.rest.pulls.list({ ...where, ...order, per_page: pageSize, ...more });
}

function itemsOf({ data }: { readonly data: readonly PullAnswer[] }): readonly PullRequest[] {
  return data.map(pullRequestOf);
}

const mostKept = 500;

/** The first page of each repository with its tag: asked for again and not changed, it counts towards no limit of GitHub. */
class FirstPages {
  readonly #kept = new Map<string, { readonly etag: string; readonly items: readonly PullRequest[] }>();

  async get(client: Octokit, where: Where): Promise<readonly PullRequest[]> {
    const key = `${where.owner}/${where.repo}`.toLowerCase();
    const known = this.#kept.get(key);
    try {
      const headers = known === undefined ? {} : { headers: { 'if-none-match': known.etag } };
      const answer = await listUpdated(client, where, { page: 1, ...headers });
      const items = itemsOf(answer);
      if (this.#kept.size >= mostKept) this.#kept.clear();
      const { etag } = answer.headers;
      if (etag !== undefined) this.#kept.set(key, { etag, items });
      return items;
    } catch (error) {
      if (known !== undefined && isUnchanged(error)) return known.items;
      throw error;
    }
  }
}

/** Octokit makes an error of it. */
function isUnchanged(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 304;
}

/** Page by page until there are no more, one is not wanted any more, or there are enough. */
async function pages<Item>(
  most: number,
  fetchPage: (page: number) => Promise<readonly Item[]>,
  isWanted: (item: Item) => boolean = () => true,
): Promise<Bounded<Item>> {
  const items: Item[] = [];
  for (let page = 1; items.length < most; page++) {
    const found = await fetchPage(page);
    const wanted = found.filter(isWanted);
    items.push(...wanted);
    if (found.length < pageSize || wanted.length < found.length) return { items, isComplete: true };
  }
  return { items, isComplete: false };
}

function pullRequestOf(answer: PullAnswer): PullRequest {
  const { head, base } = answer;
  const mergedAt = answer.merged_at === null ? undefined : new Date(answer.merged_at);
  return {
    number: answer.number,
    title: answer.title,
    state: mergedAt !== undefined ? 'merged' : answer.state === 'open' ? 'open' : 'closed',
    isDraft: answer.draft === true,
    author: answer.user?.login,
    url: answer.html_url,
    headSha: head.sha,
    headRef: head.ref,
    headRepository: head.repo === null ? undefined : { owner: head.repo.owner.login, repo: head.repo.name },
    // By id: a name says something else once the repository was renamed.
    isFork: head.repo?.id !== base.repo.id,
    baseRef: base.ref,
    baseSha: base.sha,
    // Of an open one it is a commit that GitHub makes to try the merge.
    mergeCommitSha: mergedAt === undefined ? undefined : (answer.merge_commit_sha ?? undefined),
    mergedAt,
    updatedAt: new Date(answer.updated_at),
    labels: answer.labels.flatMap(({ name }) => (name === undefined ? [] : [name])),
  };
}
