import type { FakeSlackMessage } from '@release-manager/testing';

import { awaitCrashLog } from '../await-crash-log.ts';
import { awaitCurrent, awaitStatus, environmentOf } from '../await-status.ts';
import {
  buildPullRequest,
  mergePullRequest,
  openPullRequest,
  showComment,
  type CartPullRequest,
  type MergedVersion,
} from './pull-request.ts';
import { show, type Cast, type Clusters, type Story } from './story.ts';
import { pressButton, repliesTo, showMessage, wordsIn } from './team-channel.ts';

/** A pull request whose merge goes to prod by itself says so, with what would change there. */
export async function proposeBadVersion(story: Story, cast: Cast): Promise<CartPullRequest> {
  const { narrator, expect } = story;
  narrator.say('cart follows main into prod by itself from now on, says Grace:');
  await show(story, cast.grace, 'policy apply auto-release --branch main --env prod --service cart');
  const pull = await openPullRequest(story, { title: 'cart: remember carts for 30 days', branch: 'thirty-days' });
  const { headRef: branch, headSha: sha } = pull;
  await buildPullRequest(story, cast, { pull, branch, sha, run: 4, tag: badTag });
  const comment = await showComment(story, pull, {
    what: 'the diff of the head',
    holds: (text) => text.includes(badTag),
    most: 5,
  });
  const commentSays = (what: string, words: string): void => expect.that(what, comment.includes(words), comment);
  commentSays(
    'the comment warns of what merging does',
    'Merging this into main releases cart to dev and prod by itself.',
  );
  commentSays('and says which line of which file wants it', 'policies/cart.yaml:4');
  return pull;
}

const badTag = '1.5.0-crashes-in-prod';

/** A version that works in dev and dies in prod: the release fails with the log of the crash, and the old pods go on serving. */
export async function mergeBadVersion(
  story: Story,
  cast: Cast,
  { prod }: Clusters,
  pull: CartPullRequest,
): Promise<MergedVersion> {
  const { narrator, expect } = story;
  const serving = await prod.servingPods('cart');
  expect.equal('five pods of cart serve in prod', serving.length, 5);
  const sha = await mergePullRequest(story, pull);
  const artifact = await buildPullRequest(story, cast, { pull, branch: 'main', sha, run: 5, tag: badTag });
  await awaitCurrent(cast.manager, { environment: 'dev', artifacts: new Map([['cart', artifact]]), state: 'healthy' });
  narrator.say('dev is healthy with it. Ada follows it to prod:');
  const release = await releaseOf(cast, artifact);
  const failed = await show(story, cast.ada, `follow ${release}`, { code: 3, most: 25 });
  expect.that('it says how the container died', /crash-loop/.test(failed.stderr + failed.stdout), failed.stderr);
  // The log comes on its own, so that it may have come after the verdict.
  await awaitCrashLog(cast.manager, { service: 'cart', environment: 'prod' });
  const { stdout: log } = await show(story, cast.ada, 'logs prod --service cart');
  expect.that('the log names the reason', log.includes(crashWords), log);
  expect.equal('the old pods go on serving', await prod.servingPods('cart'), serving);
  return { artifact, sha, pull };
}

/** What the container of the bad version printed last. */
const crashWords = "Cannot read properties of undefined (reading 'total')";

/** The release to prod that automation made of an artifact. */
async function releaseOf({ manager }: Cast, artifact: string): Promise<string> {
  let id = '';
  await awaitStatus(manager, `a release of ${artifact} to prod`, (statuses) => {
    const prod = environmentOf(statuses, 'cart', 'prod');
    const pending = prod?.pending.find((each) => each.artifact === artifact)?.id;
    id = pending ?? (prod?.current?.artifact === artifact ? prod.current.release?.id : undefined) ?? '';
    return id !== '';
  });
  return id;
}

/** Whoever merged it reads in the pull request and in Slack that it died, and why. */
export async function readAboutCrash(story: Story, { sha, pull }: MergedVersion): Promise<void> {
  const { stage, narrator, expect } = story;
  const holds = (text: string): boolean => text.includes(crashWords);
  const comment = await showComment(story, pull, { what: 'the log of the crash', holds, most: 25 });
  expect.that('the same comment follows the merge', comment.includes('in trouble in prod, live in dev'), comment);
  const message = await showMessage(story, sha, {
    what: 'the crash',
    holds: (each) => /prod failed/.test(each.text) && repliesTo(stage.platforms, each).some(crashed),
  });
  const shown = repliesTo(stage.platforms, message).filter(({ broadcast }) => broadcast);
  expect.equal('the crash alone is shown outside of its thread as well', shown.map(crashed), [true]);
  expect.that('it calls the author', shown.map(wordsIn).join(' ').includes('<@U0ADA>'), shown.map(wordsIn));
  narrator.say('Sam presses “Roll back prod” under it, which is shown to him alone:');
  const answer = await pressButton(story, { user: 'U0SAM', who: 'Sam' }, { message, action: 'release.rollback' });
  expect.that(
    'a button counts under the rights of whoever presses it',
    /release-manager\.yaml:\d+/.test(answer),
    answer,
  );
}

function crashed(message: FakeSlackMessage): boolean {
  return wordsIn(message).includes('Cannot read properties of undefined');
}
