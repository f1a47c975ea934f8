import { botSlug, type FakeWorld } from './answer.ts';
import type { FakeRepository } from './fake-repository.ts';
import type {
  FakeCheckRun,
  FakeComment,
  FakeDeployment,
  FakeDeploymentStatus,
  FakeLabel,
  FakePullRequest,
  FakeStatus,
} from './fake-state.ts';

type Json = Record<string, unknown>;

/** The fake's own words as GitHub says them: the vendor's example of an answer, with what is known put in. */
export function renderUser({ schema }: FakeWorld, login: string): Json {
  const example = schema.example('issue-comment')['user'] as Json;
  return { ...example, login, type: login.endsWith('[bot]') ? 'Bot' : 'User' };
}

export function renderRepository(world: FakeWorld, fullName: string, id: number): Json {
  const [owner = '', name = ''] = fullName.split('/');
  const example = (world.schema.example('pull-request')['base'] as { repo: Json }).repo;
  const page = `${world.url()}/${fullName}`;
  const owning = { ...(example['owner'] as Json), login: owner };
  return { ...example, id, name, full_name: fullName, owner: owning, html_url: page, clone_url: `${page}.git` };
}

/** @param form `full` has what only a single one has */
export function renderPull(
  world: FakeWorld,
  repository: FakeRepository,
  pull: FakePullRequest,
  form: 'full' | 'simple' = 'full',
): Json {
  const [simple] = world.schema.example('pull-request-simple-items') as unknown as readonly Json[];
  const example = form === 'full' ? world.schema.example('pull-request') : { ...simple };
  const user = renderUser(world, pull.author);
  const base = renderRepository(world, repository.fullName, repository.id);
  // One of a fork has an id of its own, which has nothing to do with that of its parent.
  const isFork = pull.headRepository !== repository.fullName;
  const head =
    pull.headRepository === undefined
      ? null
      : isFork
        ? renderRepository(world, pull.headRepository, repository.id + 1_000_000)
        : base;
  const merged = pull.mergedAt !== undefined;
  return {
    ...example,
    number: pull.number,
    title: pull.title,
    user,
    state: pull.state,
    draft: pull.draft,
    html_url: `${world.url()}/${repository.fullName}/pull/${pull.number}`,
    head: { label: `${pull.author}:${pull.headRef}`, ref: pull.headRef, sha: pull.headSha, user, repo: head },
    base: {
      label: `${repository.fullName.split('/')[0]}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: pull.baseSha,
      user,
      repo: base,
    },
    merge_commit_sha: pull.mergeCommitSha ?? null,
    merged_at: pull.mergedAt?.toISOString() ?? null,
    closed_at: pull.state === 'closed' ? pull.updatedAt.toISOString() : null,
    created_at: pull.createdAt.toISOString(),
    updated_at: pull.updatedAt.toISOString(),
    labels: [...pull.labels].map((name) => renderLabel(world, labelOf(repository, name))),
    requested_teams: [],
    requested_reviewers: [],
    ...(form === 'full' ? { merged, changed_files: pull.files.length, commits: pull.commits.size } : {}),
  };
}

export function labelOf(repository: FakeRepository, name: string): FakeLabel {
  return repository.labels.get(name.toLowerCase()) ?? { name, color: 'ededed', description: '' };
}

export function renderLabel({ schema }: FakeWorld, label: FakeLabel): Json {
  const { name, color, description } = label;
  return { ...schema.example('label'), name, color, description, default: false };
}

export function renderComment(world: FakeWorld, repository: FakeRepository, comment: FakeComment): Json {
  const page = `${world.url()}/${repository.fullName}/pull/${comment.number}`;
  return {
    ...world.schema.example('issue-comment'),
    id: comment.id,
    body: comment.body,
    user: renderUser(world, comment.author),
    html_url: `${page}#issuecomment-${comment.id}`,
    issue_url: `${world.url()}/repos/${repository.fullName}/issues/${comment.number}`,
    created_at: comment.createdAt.toISOString(),
    updated_at: comment.updatedAt.toISOString(),
  };
}

export function renderDeployment({ schema }: FakeWorld, deployment: FakeDeployment): Json {
  const { id, sha, environment, task, payload, description, createdAt } = deployment;
  const [example] = schema.example('deployment-items') as unknown as readonly Json[];
  return {
    ...example,
    id,
    sha,
    ref: sha,
    environment,
    original_environment: environment,
    task,
    payload,
    description,
    production_environment: deployment.isProduction,
    created_at: createdAt.toISOString(),
  };
}

export function renderDeploymentStatus(
  { schema }: FakeWorld,
  deployment: FakeDeployment,
  status: FakeDeploymentStatus,
): Json {
  const { id, state, description, logUrl, createdAt } = status;
  return {
    ...schema.example('deployment-status'),
    id,
    state,
    description,
    log_url: logUrl,
    target_url: logUrl,
    environment: deployment.environment,
    created_at: createdAt.toISOString(),
  };
}

export function renderCheckRun({ schema }: FakeWorld, run: FakeCheckRun): Json {
  const example = schema.example('check-run');
  return {
    ...example,
    id: run.id,
    head_sha: run.sha,
    name: run.name,
    status: run.status,
    conclusion: run.conclusion ?? null,
    details_url: run.detailsUrl,
    output: { ...(example['output'] as Json), title: run.title, summary: run.summary, text: run.text ?? null },
    app: { ...(example['app'] as Json), slug: botSlug },
  };
}

/** @param form `simple` is one within the combined status of a commit */
export function renderStatus({ schema }: FakeWorld, status: FakeStatus, form: 'full' | 'simple'): Json {
  const { id, context, state, description, targetUrl } = status;
  const combined = schema.example('combined-commit-status')['statuses'] as readonly Json[];
  const example = form === 'full' ? schema.example('status') : combined[0];
  return { ...example, id, context, state, description, target_url: targetUrl ?? null };
}
