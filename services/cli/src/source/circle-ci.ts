import { repositoryUrl, type BuildFacts } from './build-facts.ts';
import { integer, joined, text, type Variables } from './ci-variables.ts';

/** https://circleci.com/docs/reference/variables */
export function readCircleCi(env: Variables): BuildFacts {
  const repository = repositoryUrl(env['CIRCLE_REPOSITORY_URL']);
  const sha = text(env['CIRCLE_SHA1']);
  // Set for pull requests from forks only; the branch is then `pull/12`.
  const forkOwner = text(env['CIRCLE_PR_USERNAME']);
  return {
    repository,
    branch: text(env['CIRCLE_BRANCH']),
    tag: text(env['CIRCLE_TAG']),
    sha,
    url: joined(repository, '/commit/', sha),
    pullRequest: integer(/\/(\d+)$/.exec(env['CIRCLE_PULL_REQUEST'] ?? '')?.[1]) ?? integer(env['CIRCLE_PR_NUMBER']),
    fork: joined(forkOwner, '/', env['CIRCLE_PR_REPONAME'] ?? ''),
    ci: {
      provider: 'circleci',
      workflow: text(env['CIRCLE_JOB']),
      jobUrl: text(env['CIRCLE_BUILD_URL']),
      runNumber: integer(env['CIRCLE_BUILD_NUM']),
    },
  };
}
