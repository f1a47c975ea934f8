import { awaitCurrent } from '../await-status.ts';
import { shopService, shopServices } from '../shop/catalogue.ts';
import { build, runPipeline, sayBuild } from './pipeline.ts';
import { show, type Cast, type Clusters, type Story } from './story.ts';

/** CI builds the whole shop on main; automation puts each artifact into dev. */
export async function buildEverything(story: Story, cast: Cast): Promise<ReadonlyMap<string, string>> {
  const { narrator, expect, stage } = story;
  // Each in a pipeline of its own, as CI does it.
  const builds = await Promise.all(
    shopServices.map(async (service) => {
      const job = { service, branch: 'main', run: 1, tag: '1.4.0', message: `${service.name}: first release` };
      return runPipeline(story, cast, { ...job, author: stage.sam });
    }),
  );
  const artifacts = new Map(builds.map((pushed) => [pushed.job.service.name, sayBuild(story, pushed)]));
  await awaitCurrent(cast.manager, { environment: 'dev', artifacts, state: 'healthy' });
  narrator.say('auto-release has put all of them into dev, and the daemon there says that all are healthy:');
  const log = await stage.repo('log', '--format=%h %an  %s', '-n', String(shopServices.length), 'main');
  narrator.typed(`git log -n ${shopServices.length}`);
  narrator.answered(log);
  for (const [service, artifact] of artifacts) {
    expect.that(
      `one commit put ${service} into dev`,
      log.split(`[dev/${service}] release ${artifact} by `).length === 2,
      log,
    );
  }
  return artifacts;
}

/** What is in dev goes on: anybody may release to staging, and to prod those who own it. */
export async function releaseToProd(story: Story, cast: Cast, artifact: string): Promise<void> {
  const { stage, expect } = story;
  await show(story, cast.sam, 'release main staging --service cart');
  const refused = await show(story, cast.sam, 'release main prod --service cart', { code: 5 });
  expect.that(
    'the refusal names the line that is missing',
    /release-manager\.yaml:\d+/.test(refused.stderr) && refused.stderr.includes('{ who: [sam]'),
    refused.stderr,
  );
  const done = await show(story, cast.ada, 'release main prod --service cart --reason "opening day"');
  expect.that('five pods of five came up', / healthy .*5 pods available/.test(done.stdout), done.stdout);
  const folder = await stage.repo('ls-tree', '-r', '--name-only', 'main', 'prod/', 'clusters/prod/shop/');
  expect.equal('prod holds cart and nothing else', folder.trim().split('\n'), [
    'clusters/prod/shop/cart.yaml',
    'clusters/prod/shop/namespace.yaml',
    'prod/releases/shop/cart/artifact.json',
    'prod/releases/shop/cart/cart.yaml',
    'prod/releases/shop/cart/release.json',
  ]);
  const message = await stage.repo('log', '-1', '--format=%an <%ae>%n%cn%n%B', 'main');
  const commitSays = (what: string, pattern: RegExp): void => expect.that(what, pattern.test(message), message);
  commitSays('the author is the person', /^Ada Lindqvist <ada@example\.com>\n/);
  commitSays('the subject says what went where', new RegExp(`^\\[prod/cart\\] release ${artifact} by ada$`, 'm'));
  commitSays('the trailers say which release it is', /^Release-Id: rel_[0-9a-z]{26}$/m);
  commitSays('the trailers say why it was asked for', /^Intent: branch$/m);
  commitSays('the reason is kept', /^Reason: opening day$/m);
}

/** A branch may go to dev, and not to prod: the rule that says so is named with its file and line. */
export async function tryFeatureBranch(story: Story, cast: Cast): Promise<void> {
  const { stage, expect } = story;
  const artifact = await build(story, cast, {
    service: shopService('cart'),
    branch: 'feature-x',
    run: 2,
    tag: '1.5.0-feature-x.2',
    message: 'cart: try a darker button',
    author: stage.sam,
  });
  await show(story, cast.sam, 'release feature-x dev --service cart');
  const refused = await show(story, cast.ada, 'release feature-x prod --service cart', { code: 5 });
  const words = refused.stdout + refused.stderr;
  expect.that('the refusal names the rule and where it stands', /release-manager\.yaml/.test(words), words);
  const prod = await stage.repo('show', 'main:prod/releases/shop/cart/artifact.json');
  expect.that('prod is as it was', !prod.includes(artifact), prod);
}

/** A new version of cart, and a build of search that renders the same: the second one restarts nothing. */
export async function buildAgain(story: Story, cast: Cast, clusters: Clusters): Promise<string> {
  const { stage, narrator, expect } = story;
  const author = stage.sam;
  const searchPods = await clusters.dev.servingPods('search');
  const cart = await build(story, cast, {
    service: shopService('cart'),
    branch: 'main',
    run: 3,
    tag: '1.4.1',
    message: 'cart: correct the totals',
    author,
  });
  const search = await build(story, cast, {
    service: shopService('search'),
    branch: 'main',
    run: 2,
    tag: '1.4.0',
    message: 'search: correct the README',
    author,
  });
  const artifacts = new Map([
    ['cart', cart],
    ['search', search],
  ]);
  await awaitCurrent(cast.manager, { environment: 'dev', artifacts, state: 'healthy' });
  await show(story, cast.ada, 'diff prod main --service cart');
  narrator.say('search was built again with the same manifests. Its release changed the marks of the workload:');
  const changed = await changedLines(story, 'search');
  narrator.answered(changed.join('\n'));
  expect.that(
    'a release whose templates did not change touches no template',
    changed.length > 0 && changed.every((line) => /^[-+] {4}release-manager\.io\/(?:artifact|release)-id: /.test(line)),
    changed,
  );
  expect.equal('and restarts no pod', await clusters.dev.servingPods('search'), searchPods);
  await show(story, cast.ada, 'release main prod --service cart');
  const image = await stage.repo('show', 'main:prod/releases/shop/cart/cart.yaml');
  expect.that('the new image is in prod', image.includes('registry.example.com/shop/cart:1.4.1"   # set by CI'), image);
  return cart;
}

/** What the last two releases of a service in dev differ in, release.json and artifact.json left aside. */
async function changedLines({ stage }: Story, service: string): Promise<string[]> {
  const folder = `dev/releases/shop/${service}`;
  const [newer = '', older = ''] = (await stage.repo('log', '-2', '--format=%H', 'main', '--', folder)).split('\n');
  const diff = await stage.repo('diff', '-U0', older, newer, '--', `${folder}/${service}`);
  return diff.split('\n').filter((line) => /^[-+](?![-+]{2} )/.test(line));
}
