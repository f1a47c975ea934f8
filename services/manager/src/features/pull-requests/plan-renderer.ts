import type { PlanRenderer } from '../github/index.ts';
import { PullRequestStore } from './pull-request-store.ts';
import { readPlan, type ReadPlanDeps } from './read-plan.ts';
import { renderCheck } from './render-check.ts';

/** Says what the check beside a commit shows: what merging the pull request releases of which it is the head. */
export function createPlanRenderer(deps: ReadPlanDeps): PlanRenderer {
  return {
    async planOf({ repository, sha }, signal) {
      const found = await new PullRequestStore(deps.database.db).openWithHead(sha);
      const pull = found.find(({ address }) => address === repository);
      // It was closed, or has another head by now: what was said of this commit stays as it was then.
      if (pull === undefined) return undefined;
      const { plan } = await readPlan(deps, pull, signal);
      const { baseBranch } = pull;
      return renderCheck({ plan, baseBranch, links: { manager: deps.publicUrl, configFile: deps.configFile } });
    },
  };
}
