import { awaitCrashLog } from '../await-crash-log.ts';
import { awaitCurrent, awaitStatus, environmentOf } from '../await-status.ts';
import { shopService } from '../shop/catalogue.ts';
import { build } from './build-and-release.ts';
import { show, type Cast, type Clusters, type Story } from './story.ts';

/** A version that works in dev and dies in prod: the release fails with the log of the crash, and the old pods go on serving. */
export async function releaseBadVersion(story: Story, cast: Cast, { prod }: Clusters): Promise<string> {
  const { stage, narrator, expect } = story;
  const serving = await prod.servingPods('cart');
  expect.equal('five pods of cart serve in prod', serving.length, 5);
  const bad = await build(story, cast, {
    service: shopService('cart'),
    branch: 'main',
    run: 4,
    tag: '1.5.0-crashes-in-prod',
    message: 'cart: remember carts for 30 days',
    author: stage.ada,
  });
  await awaitCurrent(cast.manager, { environment: 'dev', artifacts: new Map([['cart', bad]]), state: 'healthy' });
  narrator.say('dev is healthy with it, so Ada releases it:');
  const failed = await show(story, cast.ada, 'release main prod --service cart', { code: 3, most: 25 });
  expect.that('it says how the container died', /crash-loop/.test(failed.stderr + failed.stdout), failed.stderr);
  // The log comes on its own, so that it may have come after the verdict.
  await awaitCrashLog(cast.manager, { service: 'cart', environment: 'prod' });
  const { stdout: log } = await show(story, cast.ada, 'logs prod --service cart');
  expect.that('the log names the reason', log.includes("Cannot read properties of undefined (reading 'total')"), log);
  expect.equal('the old pods go on serving', await prod.servingPods('cart'), serving);
  return bad;
}

/** Back to what was healthy, with a hold and a quarantine, so that nothing automatic undoes it. */
export async function rollBack(story: Story, cast: Cast, clusters: Clusters, versions: Versions): Promise<void> {
  const { stage, expect } = story;
  const { good, bad } = versions;
  const serving = await clusters.prod.servingPods('cart');
  const done = await show(story, cast.ada, 'rollback prod --service cart --reason "carts are empty"');
  expect.that('it goes back to what was healthy', done.stderr.includes(`back to ${good} of main`), done.stderr);
  expect.that('automation is held', done.stderr.includes('holds automation in prod'), done.stderr);
  expect.that('the bad artifact is quarantined', done.stderr.includes(`quarantines ${bad} in`), done.stderr);
  expect.equal('no pod that served was restarted', await clusters.prod.servingPods('cart'), serving);
  const { stdout: status } = await show(story, cast.ada, 'status --service cart');
  expect.that('status shows the hold', /prod .*‖ .*held .*carts are empty/.test(status), status);
  expect.that('status shows the quarantine', new RegExp(`prod .*✗ ${bad} .*quarantined`).test(status), status);
  const { stdout: why } = await show(story, cast.ada, 'why prod --service cart');
  expect.that('why says who holds it and why', /^held .*ada.*carts are empty/m.test(why), why);
  const message = await stage.repo('log', '-1', '--format=%an%n%B', 'main', '--', 'prod/releases/shop/cart');
  expect.that('the commit says that it went back', /^Intent: rollback$/m.test(message), message);
  expect.that('and what it took away', message.includes(`Replaces: ${bad}`), message);
  const state = await stage.repo('show', 'main:state/prod/cart.json');
  expect.that('the hold stands in git', state.includes('carts are empty'), state);
}

export interface Versions {
  readonly good: string;
  readonly bad: string;
}

/** The fix is merged. It would go to prod by itself, and waits until somebody resumes. */
export async function mergeAndResume(
  story: Story,
  cast: Cast,
  clusters: Clusters,
  { good }: Versions,
): Promise<string> {
  const { stage, narrator, expect } = story;
  narrator.say(
    'cart follows main into prod by itself from now on, says Grace. Where automation is held that has to wait:',
  );
  await show(story, cast.grace, 'policy apply auto-release --branch main --env prod --service cart');
  const fix = await build(story, cast, {
    service: shopService('cart'),
    branch: 'main',
    run: 5,
    tag: '1.5.1',
    message: 'cart: carts of before are carts too',
    author: stage.ada,
  });
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
  return fix;
}
