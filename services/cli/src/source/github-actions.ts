import type { BuildFacts } from './build-facts.ts';
import { integer, joined, object, person, text, type Variables } from './ci-variables.ts';

/**
 * https://docs.github.com/actions/reference/workflows-and-actions/variables
 * @param event the payload that started the run (https://docs.github.com/webhooks/webhook-events-and-payloads)
 */
export function readGitHubActions(env: Variables, event: unknown): BuildFacts {
  const server = text(env['GITHUB_SERVER_URL']) ?? 'https://github.com';
  const repository = joined(server, '/', text(env['GITHUB_REPOSITORY']));
  const pull = object(object(event)?.['pull_request']);
  const commit = pull === undefined ? pushed(env, event) : headOf(pull, text(env['GITHUB_REPOSITORY']));
  return {
    repository,
    ...commit,
    url: joined(repository, '/commit/', commit.sha),
    ci: {
      provider: 'github-actions',
      workflow: text(env['GITHUB_WORKFLOW']),
      jobUrl: joined(repository, '/actions/runs/', text(env['GITHUB_RUN_ID'])),
      runNumber: integer(env['GITHUB_RUN_NUMBER']),
      runAttempt: integer(env['GITHUB_RUN_ATTEMPT']),
    },
  };
}

function pushed(env: Variables, event: unknown): BuildFacts {
  const isTag = env['GITHUB_REF_TYPE'] === 'tag';
  const sha = text(env['GITHUB_SHA']);
  const facts: BuildFacts = {
    branch: isTag ? undefined : (text(env['GITHUB_HEAD_REF']) ?? branchOf(env['GITHUB_REF'])),
    tag: isTag ? text(env['GITHUB_REF_NAME']) : undefined,
    sha,
  };
  const head = object(object(event)?.['head_commit']);
  if (head === undefined || head['id'] !== sha) return facts;
  return {
    ...facts,
    message: text(head['message']),
    author: person(head['author']),
    committer: person(head['committer']),
    committedAt: text(head['timestamp']),
  };
}

/** Of a pull request GITHUB_SHA is a merge commit that nobody wrote, and GITHUB_REF_NAME is `123/merge`. */
function headOf(pull: Readonly<Record<string, unknown>>, repository: string | undefined): BuildFacts {
  const head = object(pull['head']);
  const from = text(object(head?.['repo'])?.['full_name']);
  return {
    branch: text(head?.['ref']),
    sha: text(head?.['sha']),
    message: text(pull['title']),
    pullRequest: integer(pull['number']),
    // A fork that was deleted since has no repository any more; it is a fork all the same.
    fork: from === repository ? undefined : (from ?? 'a deleted fork'),
  };
}

/** `refs/heads/feature/x` → `feature/x`; nothing for `refs/pull/1/merge`. */
function branchOf(ref: string | undefined): string | undefined {
  return text(/^refs\/heads\/(.+)$/.exec(ref ?? '')?.[1]);
}
