import { join } from 'node:path';

import { awaitCurrent } from '../await-status.ts';
import { pushBuild, type CiBuild } from '../ci-build.ts';
import { shopService, shopServices } from '../shop/catalogue.ts';
import { expectCode, show, type Cast, type Story } from './story.ts';

/** CI builds the whole shop on main; automation puts each artifact into dev. */
export async function buildEverything(story: Story, cast: Cast): Promise<ReadonlyMap<string, string>> {
  const { narrator, expect, stage } = story;
  const artifacts = new Map<string, string>();
  for (const service of shopServices) {
    const artifact = await build(story, cast, {
      service,
      branch: 'main',
      run: 1,
      tag: '1.4.0',
      message: `${service.name}: first release`,
      author: stage.sam,
    });
    artifacts.set(service.name, artifact);
  }
  await awaitCurrent(cast.ada, 'dev', artifacts);
  narrator.say('auto-release has put all of them into dev:');
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

/** What is in dev goes on: a developer to staging, an administrator to prod. */
export async function releaseToProd(story: Story, cast: Cast, artifact: string): Promise<void> {
  const { stage, expect } = story;
  await show(story, cast.sam, 'release main staging --service web');
  await show(story, cast.sam, 'release main prod --service web', { code: 5 });
  await show(story, cast.ada, 'release main prod --service web --reason "opening day"');
  const folder = await stage.repo('ls-tree', '-r', '--name-only', 'main', 'prod/', 'clusters/prod/shop/');
  expect.equal('prod holds web and nothing else', folder.trim().split('\n'), [
    'clusters/prod/shop/namespace.yaml',
    'clusters/prod/shop/web.yaml',
    'prod/releases/shop/web/artifact.json',
    'prod/releases/shop/web/release.json',
    'prod/releases/shop/web/web.yaml',
  ]);
  const message = await stage.repo('log', '-1', '--format=%an <%ae>%n%cn%n%B', 'main');
  const commitSays = (what: string, pattern: RegExp): void => expect.that(what, pattern.test(message), message);
  commitSays('the author is the person', /^Ada Lindqvist <ada@example\.com>\n/);
  commitSays('the subject says what went where', new RegExp(`^\\[prod/web\\] release ${artifact} by ada$`, 'm'));
  commitSays('the trailers say which release it is', /^Release-Id: rel_[0-9a-z]{26}$/m);
  commitSays('the trailers say why it was asked for', /^Intent: branch$/m);
  commitSays('the reason is kept', /^Reason: opening day$/m);
}

/** A branch may go to dev, and not to prod: the rule that says so is named with its file and line. */
export async function tryFeatureBranch(story: Story, cast: Cast): Promise<void> {
  const { stage, expect } = story;
  const artifact = await build(story, cast, {
    service: shopService('web'),
    branch: 'feature-x',
    run: 2,
    tag: '1.5.0-feature-x.2',
    message: 'web: try a darker banner',
    author: stage.sam,
  });
  await show(story, cast.sam, 'release feature-x dev --service web');
  const refused = await show(story, cast.ada, 'release feature-x prod --service web', { code: 5 });
  const words = refused.stdout + refused.stderr;
  expect.that('the refusal names the rule and where it stands', /release-manager\.yaml/.test(words), words);
  const prod = await stage.repo('show', 'main:prod/releases/shop/web/artifact.json');
  expect.that('prod is as it was', !prod.includes(artifact), prod);
}

/** A new version of web, and a build of search that renders the same: the second one restarts nothing. */
export async function buildAgain(story: Story, cast: Cast): Promise<ReadonlyMap<string, string>> {
  const { stage, narrator, expect } = story;
  const author = stage.sam;
  const web = await build(story, cast, {
    service: shopService('web'),
    branch: 'main',
    run: 3,
    tag: '1.4.1',
    message: 'web: fix the banner',
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
  await awaitCurrent(
    cast.ada,
    'dev',
    new Map([
      ['web', web],
      ['search', search],
    ]),
  );
  await show(story, cast.ada, 'diff prod main --service web');
  narrator.say('search was built again with the same manifests. Its release changed the marks of the workload:');
  const changed = await changedLines(story, 'search');
  narrator.answered(changed.join('\n'));
  expect.that(
    'a release whose templates did not change touches no template',
    changed.length > 0 && changed.every((line) => /^[-+] {4}release-manager\.io\/(?:artifact|release)-id: /.test(line)),
    changed,
  );
  await show(story, cast.ada, 'release main prod --service web');
  const image = await stage.repo('show', 'main:prod/releases/shop/web/web.yaml');
  expect.that('the new image is in prod', image.includes('registry.example.com/shop/web:1.4.1"   # set by CI'), image);
  return new Map([['web', web]]);
}

/** What the last two releases of a service in dev differ in, release.json and artifact.json left aside. */
async function changedLines({ stage }: Story, service: string): Promise<string[]> {
  const folder = `dev/releases/shop/${service}`;
  const [newer = '', older = ''] = (await stage.repo('log', '-2', '--format=%H', 'main', '--', folder)).split('\n');
  const diff = await stage.repo('diff', '-U0', older, newer, '--', `${folder}/${service}`);
  return diff.split('\n').filter((line) => /^[-+](?![-+]{2} )/.test(line));
}

async function build(story: Story, { ci }: Cast, job: CiBuild): Promise<string> {
  const { narrator, stage, expect } = story;
  const pushed = await pushBuild(ci, join(stage.folder, 'ci'), job);
  narrator.typed(`release-cli artifact push rendered      # CI of ${job.service.name}, ${job.branch}`);
  narrator.answered(pushed.stdout);
  expectCode(story, `artifact push of ${job.service.name}`, pushed);
  const shape = new RegExp(`^${job.branch}-[0-9a-f]{10}-[0-9a-f]{10}$`);
  expect.that('stdout holds the id alone', shape.test(pushed.artifact), pushed.stdout);
  return pushed.artifact;
}
