import { currentOf, readStatus } from '../await-status.ts';
import { show, type Cast, type Story } from './story.ts';

/** The same story three times: as state, as the record, and as commits. */
export async function lookBack(story: Story, { ada }: Cast, inProd: ReadonlyMap<string, string>): Promise<void> {
  const { stage, narrator, expect } = story;
  await show(story, ada, 'status --service web');
  const history = await show(story, ada, 'history prod --service web --limit 8');
  expect.that('the record knows of the refused release', /feature-x/.test(history.stdout), history.stdout);
  narrator.typed('git log --format="%h %an  %s" -- prod');
  narrator.answered(await stage.repo('log', '--format=%h %an  %s', 'main', '--', 'prod'));
  const statuses = await readStatus(ada);
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
  // Six by automation, web to staging and prod, the branch to dev, two builds by automation, web to prod again.
  expect.equal('commits of releases', commits.length, 12);
}
