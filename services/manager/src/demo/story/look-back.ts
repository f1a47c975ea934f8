import { currentOf, readStatus } from '../await-status.ts';
import { show, type Cast, type Story } from './story.ts';

/** The same story three times: as state, as the record, and as commits. */
export async function lookBack(
  story: Story,
  { ada, manager }: Cast,
  inProd: ReadonlyMap<string, string>,
): Promise<void> {
  const { stage, narrator, expect } = story;
  await show(story, ada, 'status --all');
  const { stdout: history } = await show(story, ada, 'history prod --service cart --limit 12', { most: 45 });
  const recordSays = (what: string, pattern: RegExp): void => expect.that(what, pattern.test(history), history);
  recordSays('the record knows of the refused release', /feature-x/);
  recordSays('and of the failed one', /failed/);
  recordSays('and who went back, and why', /ada .*back[^]*carts are empty/);
  for (const [service, artifact] of inProd) {
    const { stdout: hops } = await show(story, ada, `where ${artifact}`, { most: 25 });
    expect.that(`where says how ${service} got to prod`, /prod[^]*healthy/.test(hops), hops);
  }
  narrator.typed('git log --format="%h %an  %s" -- prod');
  narrator.answered(await stage.repo('log', '--format=%h %an  %s', 'main', '--', 'prod'));
  const statuses = await readStatus(manager);
  for (const [service, artifact] of inProd) {
    expect.equal(`${service} in prod, as status says`, currentOf(statuses, service, 'prod'), artifact);
  }
  await expectHonestLog(story);
}

/** One commit per release, each with an id of its own, and none that carries anything of ours but releases. */
async function expectHonestLog({ stage, expect }: Story): Promise<void> {
  const format = '%s%x00%(trailers:key=Release-Id,valueonly,separator=%x2C)%x1e';
  const log = await stage.repo('log', `--format=${format}`, 'main');
  const commits = log
    .split('\u001e')
    .map((entry) => entry.trim().split('\0'))
    .filter(([subject = '']) => /^\[\w+\/[\w-]+\] release /.test(subject));
  const ids = commits.map(([, id = '']) => id);
  expect.that(
    'every release has an id in its commit',
    ids.every((id) => /^rel_[0-9a-z]{26}$/.test(id)),
    ids,
  );
  expect.equal('no release was committed twice', new Set(ids).size, ids.length);
  // Six by automation, cart to staging and prod, the branch to dev, two builds by automation, cart to prod again; then the bad
  // version to dev and prod, the way back, and the fix to dev and prod.
  expect.equal('commits of releases', commits.length, 17);
}
