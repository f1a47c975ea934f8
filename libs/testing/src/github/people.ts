import type { FakeWorld } from './answer.ts';
import type { FakeRepository } from './fake-repository.ts';
import type { FakeChangedFile, FakeComment, FakePullRequest } from './fake-state.ts';
import { renderComment, renderPull, renderRepository, renderUser } from './render.ts';
import type { FakeWebhooks } from './webhooks.ts';

export interface NewPullRequest {
  readonly title: string;
  readonly author: string;
  /** A branch of the repository that is there, or of the fork. */
  readonly head: string;
  /** `main` when absent. */
  readonly base?: string;
  readonly files: readonly FakeChangedFile[];
  /** `owner/name` of the fork that it comes from. */
  readonly fork?: string;
  readonly draft?: boolean;
}

/**
 * What people do on GitHub. Each changes what the fake remembers, and has ended once the webhook, where there is one, was
 * answered.
 */
export interface FakePeople {
  /** Pushes a commit with files to a branch. */
  push(
    repository: FakeRepository,
    branch: string,
    by: string,
    files?: Record<string, string | undefined>,
  ): Promise<string>;
  open(repository: FakeRepository, wanted: NewPullRequest): Promise<FakePullRequest>;
  /** A new commit at the head. */
  pushTo(repository: FakeRepository, number: number, files?: readonly FakeChangedFile[]): Promise<string>;
  /** `squash` makes one commit with one parent; @returns the commit on the base branch. */
  merge(repository: FakeRepository, number: number, by: string, how?: 'merge' | 'squash'): Promise<string>;
  close(repository: FakeRepository, number: number, by: string): Promise<void>;
  comment(repository: FakeRepository, number: number, by: string, body: string): Promise<FakeComment>;
}

export function makePeople(world: FakeWorld, webhooks: FakeWebhooks): FakePeople {
  const { now, nextId } = world;
  const common = (repository: FakeRepository, by: string): Record<string, unknown> => ({
    repository: { ...renderRepository(world, repository.fullName, repository.id), default_branch: 'main' },
    sender: renderUser(world, by),
    installation: { id: world.credentials.installationId },
  });
  const told = (
    repository: FakeRepository,
    pull: FakePullRequest,
    { by, ...more }: { readonly action: string; readonly by: string; readonly [field: string]: unknown },
  ): Promise<void> =>
    webhooks.send('pull_request', (example) => example['action'] === more.action, {
      ...common(repository, by),
      number: pull.number,
      pull_request: renderPull(world, repository, pull),
      ...more,
    });
  const pushed = (repository: FakeRepository, branch: string, by: string, before: string): Promise<void> =>
    webhooks.send('push', (example) => example['deleted'] === false, {
      ...common(repository, by),
      ref: `refs/heads/${branch}`,
      before,
      after: repository.branches.get(branch),
      created: before === noCommit,
      forced: false,
      deleted: false,
    });

  return {
    async push(repository, branch, by, files = {}) {
      const before = repository.branches.get(branch) ?? noCommit;
      const sha = repository.grow(branch, files);
      await pushed(repository, branch, by, before);
      return sha;
    },
    async open(repository, wanted) {
      const pull = newPull(repository, wanted, now());
      repository.pulls.set(pull.number, pull);
      await told(repository, pull, { action: 'opened', by: pull.author });
      return pull;
    },
    async pushTo(repository, number, files) {
      const pull = repository.pull(number);
      const before = pull.headSha;
      pull.headSha = repository.grow(pull.headRef);
      pull.commits.add(pull.headSha);
      if (files !== undefined) pull.files = files;
      pull.updatedAt = now();
      await told(repository, pull, { action: 'synchronize', by: pull.author, before, after: pull.headSha });
      return pull.headSha;
    },
    async merge(repository, number, by, how = 'merge') {
      const pull = repository.pull(number);
      const before = repository.branches.get(pull.baseRef) ?? noCommit;
      const files = Object.fromEntries(repository.filesAt(pull.headSha));
      const sha = repository.grow(pull.baseRef, files, ...(how === 'merge' ? [pull.headSha] : []));
      Object.assign(pull, { state: 'closed', mergedAt: now(), updatedAt: now(), mergeCommitSha: sha });
      await pushed(repository, pull.baseRef, by, before);
      await told(repository, pull, { action: 'closed', by });
      return sha;
    },
    async close(repository, number, by) {
      const pull = repository.pull(number);
      Object.assign(pull, { state: 'closed', updatedAt: now() });
      await told(repository, pull, { action: 'closed', by });
    },
    async comment(repository, number, by, body) {
      const pull = repository.pull(number);
      const at = now();
      const comment = { id: nextId(), number, author: by, body, createdAt: at, updatedAt: at, edits: 0, reactions: [] };
      repository.comments.push(comment);
      pull.updatedAt = at;
      const page = `${world.url()}/${repository.fullName}/pull/${number}`;
      await webhooks.send('issue_comment', (example) => example['action'] === 'created', {
        ...common(repository, by),
        action: 'created',
        issue: { number, title: pull.title, html_url: page, state: pull.state, pull_request: { html_url: page } },
        comment: renderComment(world, repository, comment),
      });
      return comment;
    },
  };
}

const noCommit = '0'.repeat(40);

function newPull(repository: FakeRepository, wanted: NewPullRequest, at: Date): FakePullRequest {
  const { title, author, head, base = 'main', files, fork, draft = false } = wanted;
  const headSha = repository.branches.get(head) ?? repository.grow(head);
  return {
    number: repository.pulls.size + 1,
    title,
    author,
    state: 'open',
    draft,
    headRef: head,
    headSha,
    headRepository: fork ?? repository.fullName,
    baseRef: base,
    baseSha: repository.branches.get(base) ?? noCommit,
    mergeCommitSha: undefined,
    mergedAt: undefined,
    createdAt: at,
    updatedAt: at,
    labels: new Set(),
    files,
    commits: new Set([headSha]),
  };
}
