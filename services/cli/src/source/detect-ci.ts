import type { BuildFacts } from './build-facts.ts';
import type { Variables } from './ci-variables.ts';
import { readCircleCi } from './circle-ci.ts';
import { readGitHubActions } from './github-actions.ts';
import { readGitLabCi } from './gitlab-ci.ts';
import { readJenkins } from './jenkins.ts';

/** Jenkins last: its variables are also there for what a Jenkins machine runs on behalf of another system. */
const systems: readonly {
  readonly variable: string;
  readonly read: (env: Variables, event: unknown) => BuildFacts;
}[] = [
  { variable: 'GITHUB_ACTIONS', read: readGitHubActions },
  { variable: 'GITLAB_CI', read: readGitLabCi },
  { variable: 'CIRCLECI', read: readCircleCi },
  { variable: 'JENKINS_URL', read: readJenkins },
];

/**
 * What the CI system at hand says of the build; `undefined` outside of the ones that are known.
 * @param event the parsed file that GITHUB_EVENT_PATH names; only GitHub tells the head of a pull request there alone
 */
export function detectCi(env: Variables, event?: unknown): BuildFacts | undefined {
  const system = systems.find(({ variable }) => !['', 'false'].includes(env[variable] ?? ''));
  return system?.read(env, event);
}
