import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

import type { FakeRepository, FakeSlackMessage } from '@release-manager/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { makeArtifact } from '../support/make-artifact.ts';
import { startTeam, type Team } from '../support/team.ts';

const channel = 'C0CHECKOUT';
const files = {
  'release-manager.yaml': `environments:
  - { name: dev }
  - { name: prod, protected: true }
rights:
  - { who: [ada], verbs: [release, rollback, hold] }
notifications:
  - { slack: ${channel} }
`,
  'people.yaml': `people:
  - { id: ada, name: Ada L., emails: [ada@example.com], github: ada, slack: U0ADA }
`,
  'policies/web.yaml': `service: web
policies:
  - { kind: auto-release, branch: main, environment: dev }
  - { kind: auto-release, branch: main, environment: prod }
`,
};

let team: Team;
let shop: FakeRepository;

beforeAll(async () => {
  team = await startTeam(['dev', 'prod'], files);
  team.slack.channel(channel);
  shop = team.github.repository('shop/web');
  await team.github.people.push(shop, 'main', 'ada', { 'release.yaml': 'service: web\nnamespace: shop\n' });
});
afterAll(() => team.stop());

async function until<Found>(look: () => Found | undefined | false, what: string): Promise<Found> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline)
      throw new Error(`${what} never came:\n${commentTexts()}\n${slackTexts()}\n${await standing()}`);
    await wait(50);
  }
}

async function build(run: number, sha: string, tag: string, branch = 'main'): Promise<string> {
  const repository = 'https://127.0.0.1/shop/web';
  const artifact = await makeArtifact({ service: 'web', branch, run, sha, tag, repository });
  await team.ci.upload(artifact);
  return artifact.spec.id;
}

const standing = async (): Promise<string> => {
  const [history, deliveries] = await Promise.all([
    team.admin(['history', 'prod', '--service', 'web']),
    team.admin(['deliveries']),
  ]);
  return `${history.stdout}${history.stderr}\n${deliveries.stdout}${deliveries.stderr}\n${(await readFile(team.logFile, 'utf8')).slice(-3000)}`;
};
const commentTexts = (): string => shop.comments.map(({ number, body }) => `#${number}: ${body}`).join('\n---\n');
const slackTexts = (): string => team.slack.messages.map((message) => JSON.stringify(message.blocks)).join('\n---\n');
/** The comment of the manager; it has one for each pull request at most. */
const comment = (number: number): string => {
  const own = shop.comments.filter((each) => each.number === number && each.author !== 'ada');
  expect(own.length).toBeLessThan(2);
  return own[0]?.body ?? '';
};
const parents = (): readonly FakeSlackMessage[] =>
  team.slack.channel(channel).messages.filter((each) => each.threadTs === undefined);
const textOf = (message: FakeSlackMessage): string => `${message.text} ${JSON.stringify(message.blocks)}`;
/** How GitHub shows the last deployment of a commit. */
const stateIn = (environment: string, sha: string | undefined): string | undefined =>
  shop.deployments.findLast((each) => each.sha === sha && each.environment.includes(environment))?.statuses.at(-1)
    ?.state;
const open = (title: string, head: string) =>
  team.github.people.open(shop, {
    title,
    author: 'ada',
    head,
    files: [{ filename: 'src/cart.ts', status: 'modified' }],
  });

it('a pull request is warned of, merged, followed to production, goes wrong, is taken back by a button, and goes on', async () => {
  const { people } = team.github;
  // Something runs already, so that a change has something to differ from.
  await build(1, shop.branches.get('main') ?? '', '1.0.1');
  await until(() => stateIn('prod', shop.branches.get('main')) === 'success', 'the first release');

  const first = await open('Faster cart', 'faster-cart');
  await until(() => comment(first.number).includes('prod'), 'the warning');
  expect(comment(first.number)).toContain('policies/web.yaml');
  await build(2, first.headSha, '1.0.2', 'faster-cart');
  await until(() => comment(first.number).includes('1.0.2'), 'the diff');
  const head = await people.pushTo(shop, first.number);
  await until(() => !comment(first.number).includes('1.0.2'), 'the comment without the old diff');
  await build(3, head, '1.0.3', 'faster-cart');
  await until(() => comment(first.number).includes('1.0.3'), 'the diff of the new head');
  const merged = await people.merge(shop, first.number, 'ada', 'squash');
  await team.killManager();
  await build(4, merged, '1.0.4');
  await until(() => /live in prod/i.test(comment(first.number)), 'the end of the first');

  const second = await open('Carts of the last 30 days', 'old-carts');
  await until(() => comment(second.number).includes('prod'), 'the second warning');
  const bad = await people.merge(shop, second.number, 'ada');
  await build(5, bad, '1.0.5-crashes-in-prod');
  await until(() => comment(second.number).includes('Cannot read properties of undefined'), 'the crash in the comment');
  const told = (): readonly FakeSlackMessage[] => team.slack.channel(channel).messages;
  const crash = await until(() => told().find(({ broadcast }) => broadcast), 'the crash in Slack');
  const parent = await until(
    () => parents().find((each) => each.ts === crash.threadTs && textOf(each).includes('release.rollback')),
    'the button to go back',
  );
  await team.press('U0EVE', parent, 'release.rollback');
  await until(() => team.slack.responses.some(({ text }) => text.includes('people.yaml names nobody')), 'the refusal');
  await team.press('U0ADA', parent, 'release.rollback');
  await team.press('U0ADA', parent, 'release.rollback');
  await until(() => /rolled back/i.test(comment(second.number)), 'the rollback in the comment');
  await until(() => team.slack.responses.length >= 3, 'the answers');

  await team.type('U0ADA', 'resume web prod');
  await until(() => team.slack.responses.some(({ text }) => text.includes('automation goes on in prod')), 'the resume');
  const third = await open('Mended carts', 'mended');
  const mended = await people.merge(shop, third.number, 'ada');
  await build(6, mended, '1.0.6');
  await until(() => /live in prod/i.test(comment(third.number)), 'the end of the third');

  const story = await team.admin(['history', 'prod', '--service', 'web']);
  expect(story.stdout).toMatch(/ada rolled prod back.*a button in Slack/s);
  const deployments = shop.deployments.filter(({ environment }) => environment.includes('prod'));
  const ends = deployments.map(({ sha, statuses }) => [sha, statuses.some(({ state }) => state === 'failure')]);
  expect(ends).toContainEqual([bad, true]);
  expect(ends).toContainEqual([mended, false]);
  expect([...shop.pull(third.number).labels]).toContain('released:prod');
  expect(told().filter(({ broadcast }) => broadcast)).toHaveLength(1);
  // One message for each merge and one for the rollback: nobody was told anything twice.
  expect(
    parents()
      .map(textOf)
      .filter((text) => text.includes('1.0.5') || text.includes(bad.slice(0, 10))),
  ).toHaveLength(1);
  expect(team.github.misfits).toEqual([]);
  expect(team.slack.misfits).toEqual([]);
  expect(team.slack.limitsHit).toBe(0);
}, 300_000);
