import type { ConfigSnapshot } from '@release-manager/config-repo';
import type { GithubApi } from '@release-manager/github';

import type { DeliveryParts } from '../features/deliveries/index.ts';
import { createCheckDelivery } from '../features/github/index.ts';
import { createStops } from '../features/holds/index.ts';
import {
  configFileLinks,
  createCommentDelivery,
  createCommentReaction,
  createEventHandler,
  createPlanRenderer,
  createReleaseYamls,
  lookAgainByRules,
  lookAtRollouts,
  pollPullRequests,
  PullRequestStore,
} from '../features/pull-requests/index.ts';
import { automationHold } from '../features/recovery/index.ts';
import { GithubEventStore, githubEventJob } from '../features/webhooks/index.ts';
import type { Foundation } from './foundation.ts';

/** A round of a few repositories; how often each of them is asked is another matter. */
const roundEveryMs = 15_000;
const sweepEveryMs = 3_600_000;
/** With the webhook polling only finds what got lost on its way. */
const everySeconds = { withWebhook: 300, without: 60 } as const;

/** The comments on pull requests, and the checks beside their heads. */
export function commentParts(foundation: Foundation, github: GithubApi): DeliveryParts {
  const { config, now } = foundation;
  const deps = {
    ...foundation,
    github,
    stops: createStops(foundation),
    recovery: { automationHold },
    releaseYamls: createReleaseYamls(github),
    configFile: configFileLinks(config.CONFIG_REPO_URL, config.CONFIG_REPO_BRANCH),
  };
  const check = createCheckDelivery({ github, renderer: createPlanRenderer(deps) });
  return { kinds: [createCommentDelivery(deps), check], reactions: [createCommentReaction(now)] };
}

/** Hears what happens to pull requests: what the webhook stored, what polling finds, and rules that somebody changes. */
export async function startPullRequests(foundation: Foundation): Promise<void> {
  const { config, database, queue, repo, github, logger, lifecycle, now } = foundation;
  if (github === undefined) {
    // What another configuration left behind ends without effect.
    await queue.work(githubEventJob, () => Promise.resolve(), { concurrency: 1 });
    return;
  }
  await queue.work(githubEventJob, createEventHandler(foundation), { concurrency: 4 });
  const gently = (what: string, work: Promise<unknown>): void =>
    void work.catch((error: unknown) => logger.warn(`${what} failed`, { error }));

  let seen: ConfigSnapshot['servicePolicies'] | undefined;
  const lookAgain = (snapshot: ConfigSnapshot): void => {
    // Nearly every commit is a release, and leaves what people wrote as it was.
    if (snapshot.servicePolicies === seen) return;
    seen = snapshot.servicePolicies;
    gently('looking at pull requests by new rules', lookAgainByRules(foundation, snapshot));
  };
  repo.onChange(lookAgain);
  lookAgain(repo.snapshot());

  const stop = new AbortController();
  const pause = config.GITHUB_WEBHOOK_SECRET === undefined ? everySeconds.without : everySeconds.withWebhook;
  const poll = setInterval(
    () => gently('polling pull requests', pollInTurn(foundation, github, { everySeconds: pause, signal: stop.signal })),
    roundEveryMs,
  );
  const sweep = setInterval(() => {
    gently('sweep of events of GitHub', new GithubEventStore(database.db).sweep(now()));
    gently('sweep of pull requests', new PullRequestStore(database.db).sweep(now()));
  }, sweepEveryMs);
  lifecycle.onStop('pull requests', () => {
    clearInterval(poll);
    clearInterval(sweep);
    stop.abort();
  });
}

/** One process at a time, and a round that takes long is not overtaken by the next. */
async function pollInTurn(
  foundation: Foundation,
  github: GithubApi,
  { everySeconds: pause, signal }: { readonly everySeconds: number; readonly signal: AbortSignal },
): Promise<void> {
  const lock = await foundation.database.tryLock('pull-request-poll');
  if (lock === undefined) return;
  try {
    await lookAtRollouts(foundation);
    await pollPullRequests({ ...foundation, github, everySeconds: pause }, AbortSignal.any([signal, lock.lost]));
  } finally {
    await lock.release();
  }
}
