import { parsePerson, repositoryUrl, type BuildFacts } from './build-facts.ts';
import { integer, joined, text, type Variables } from './ci-variables.ts';

/** https://docs.gitlab.com/ci/variables/predefined_variables */
export function readGitLabCi(env: Variables): BuildFacts {
  const repository = repositoryUrl(env['CI_PROJECT_URL']);
  const commit = mergeResult(env) ?? builtCommit(env);
  const tag = text(env['CI_COMMIT_TAG']);
  const from = text(env['CI_MERGE_REQUEST_SOURCE_PROJECT_PATH']);
  return {
    repository,
    ...commit,
    branch: tag === undefined ? branchOf(env) : undefined,
    tag,
    url: joined(repository, '/-/commit/', commit.sha),
    pullRequest: integer(env['CI_MERGE_REQUEST_IID']),
    fork: from === text(env['CI_PROJECT_PATH']) ? undefined : from,
    ci: {
      provider: 'gitlab',
      workflow: text(env['CI_JOB_NAME']),
      jobUrl: text(env['CI_JOB_URL']),
      runNumber: integer(env['CI_PIPELINE_IID']),
      startedAt: text(env['CI_JOB_STARTED_AT']),
    },
  };
}

/** A merge request pipeline has no CI_COMMIT_BRANCH, and its CI_COMMIT_REF_NAME was a ref path for some versions. */
function branchOf(env: Variables): string | undefined {
  const ref = text(env['CI_COMMIT_REF_NAME']);
  return (
    text(env['CI_MERGE_REQUEST_SOURCE_BRANCH_NAME']) ??
    text(env['CI_EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME']) ??
    text(env['CI_COMMIT_BRANCH']) ??
    (ref?.startsWith('refs/') === true ? undefined : ref)
  );
}

/** In merged-results pipelines and merge trains CI_COMMIT_SHA is a merge commit of GitLab's own. */
function mergeResult(env: Variables): BuildFacts | undefined {
  const head = text(env['CI_MERGE_REQUEST_SOURCE_BRANCH_SHA']);
  if (head === undefined || head === text(env['CI_COMMIT_SHA'])) return undefined;
  return { sha: head, message: text(env['CI_MERGE_REQUEST_TITLE']) };
}

function builtCommit(env: Variables): BuildFacts {
  return {
    sha: text(env['CI_COMMIT_SHA']),
    message: text(env['CI_COMMIT_MESSAGE']),
    author: parsePerson(env['CI_COMMIT_AUTHOR']),
    committedAt: text(env['CI_COMMIT_TIMESTAMP']),
  };
}
