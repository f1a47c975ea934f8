import { awaitCurrent, awaitStatus, environmentOf } from '../await-status.ts';
import {
  buildPullRequest,
  mergePullRequest,
  openPullRequest,
  showComment,
  type MergedVersion,
} from './pull-request.ts';
import { show, type Cast, type Clusters, type Story } from './story.ts';

/** Back to what was healthy, with a hold and a quarantine, so that nothing automatic undoes it. */
export async function rollBack(story: Story, cast: Cast, clusters: Clusters, versions: Versions): Promise<void> {
  const { stage, expect } = story;
  const { good, bad } = versions;
  const serving = await clusters.prod.servingPods('cart');
  const done = await show(story, cast.ada, 'rollback prod --service cart --reason "carts are empty"');
  expect.that('it goes back to what was healthy', done.stderr.includes(`back to ${good} of main`), done.stderr);
  expect.that('automation is held', done.stderr.includes('holds automation in prod'), done.stderr);
  expect.that('the bad artifact is quarantined', done.stderr.includes(`quarantines ${bad.artifact} in`), done.stderr);
  expect.equal('no pod that served was restarted', await clusters.prod.servingPods('cart'), serving);
  const { stdout: status } = await show(story, cast.ada, 'status --service cart');
  expect.that('status shows the hold', /prod .*‖ .*held .*carts are empty/.test(status), status);
  expect.that('status shows the quarantine', new RegExp(`prod .*✗ ${bad.artifact} .*quarantined`).test(status), status);
  const { stdout: why } = await show(story, cast.ada, 'why prod --service cart');
  expect.that('why says who holds it and why', /^held .*ada.*carts are empty/m.test(why), why);
  const message = await stage.repo('log', '-1', '--format=%an%n%B', 'main', '--', 'prod/releases/shop/cart');
  expect.that('the commit says that it went back', /^Intent: rollback$/m.test(message), message);
  expect.that('and what it took away', message.includes(`Replaces: ${bad.artifact}`), message);
  const state = await stage.repo('show', 'main:state/prod/cart.json');
  expect.that('the hold stands in git', state.includes('carts are empty'), state);
  const comment = await showComment(story, bad.pull, {
    what: 'the way back',
    holds: (text) => text.includes('rolled back in prod'),
    most: 4,
  });
  expect.that('the comment says where it still is', comment.includes('live in dev'), comment);
}

export interface Versions {
  /** An artifact. */
  readonly good: string;
  readonly bad: MergedVersion;
}

/** The fix is merged. It would go to prod by itself, and waits until somebody resumes. */
export async function mergeAndResume(
  story: Story,
  cast: Cast,
  clusters: Clusters,
  { good }: Versions,
): Promise<MergedVersion> {
  const { stage, narrator, expect } = story;
  const pull = await openPullRequest(story, { title: 'cart: carts of before are carts too', branch: 'old-carts' });
  const warning = await showComment(story, pull, { what: 'the hold', holds: (text) => text.includes('is held') });
  expect.that(
    'the comment says who is in the way, and why',
    /⏸ prod is held.*ada.*carts are empty/.test(warning),
    warning,
  );
  const sha = await mergePullRequest(story, pull);
  const fix = await buildPullRequest(story, cast, { pull, branch: 'main', sha, run: 6, tag: '1.5.1' });
  await awaitCurrent(cast.manager, { environment: 'dev', artifacts: new Map([['cart', fix]]), state: 'healthy' });
  const held = await awaitStatus(cast.manager, `${fix} to wait for prod`, (statuses) =>
    (environmentOf(statuses, 'cart', 'prod')?.pending ?? []).some(({ artifact }) => artifact === fix),
  );
  const prod = environmentOf(held, 'cart', 'prod');
  expect.equal('prod stays where the person put it', prod?.current?.artifact, good);
  expect.equal(
    'the fix waits',
    prod?.pending.map(({ state }) => state),
    ['waiting'],
  );
  await show(story, cast.ada, 'status --service cart');
  const plan = await show(story, cast.ada, 'resume prod --service cart --dry-run');
  expect.that('it is said what would go out', plan.stdout.includes(fix), plan.stdout);
  const folder = await stage.repo('show', 'main:prod/releases/shop/cart/artifact.json');
  expect.that('and nothing went out by asking', folder.includes(good), folder);
  await show(story, cast.ada, 'resume prod --service cart --yes');
  await awaitCurrent(cast.manager, { environment: 'prod', artifacts: new Map([['cart', fix]]), state: 'healthy' });
  const images = (await clusters.prod.servingPods('cart')).map((pod) => pod.images);
  expect.equal('five pods of the fix serve', images, Array(5).fill('registry.example.com/shop/cart:1.5.1'));
  narrator.say('prod is healthy with the fix, 5/5.');
  await showComment(story, pull, { what: 'the end', holds: (text) => text.includes('**Live in prod since ') });
  return { artifact: fix, sha, pull };
}
