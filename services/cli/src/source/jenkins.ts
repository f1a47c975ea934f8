import { repositoryUrl, type BuildFacts } from './build-facts.ts';
import { integer, text, type Variables } from './ci-variables.ts';

/** The page `/env-vars.html` of every Jenkins, with the variables of the git and branch-api plugins. */
export function readJenkins(env: Variables): BuildFacts {
  const tag = text(env['TAG_NAME']);
  return {
    repository: repositoryUrl(text(env['GIT_URL']) ?? env['GIT_URL_1']),
    branch: tag === undefined ? branchOf(env) : undefined,
    tag,
    sha: text(env['GIT_COMMIT']),
    message: text(env['CHANGE_TITLE']),
    pullRequest: integer(env['CHANGE_ID']),
    // Set when a change request comes from a fork.
    fork: text(env['CHANGE_FORK']),
    ci: {
      provider: 'jenkins',
      workflow: text(env['JOB_NAME']),
      jobUrl: text(env['BUILD_URL']),
      runNumber: integer(env['BUILD_NUMBER']),
    },
  };
}

/** Of a change request BRANCH_NAME and GIT_BRANCH are `PR-12`; of a plain job GIT_BRANCH is `origin/main`. */
function branchOf(env: Variables): string | undefined {
  if (text(env['CHANGE_ID']) !== undefined) return text(env['CHANGE_BRANCH']);
  return text(env['BRANCH_NAME']) ?? withoutRemote(text(env['GIT_LOCAL_BRANCH']) ?? text(env['GIT_BRANCH']));
}

function withoutRemote(branch: string | undefined): string | undefined {
  const name = branch?.replace(/^refs\/(?:remotes|heads)\//, '').replace(/^(?:origin|upstream)\//, '');
  return name === 'HEAD' || name === 'detached' ? undefined : name;
}
