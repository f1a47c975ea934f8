import type { FakeSlackMessage } from '@release-manager/testing';

import { awaitSeen } from '../await-seen.ts';
import { commentsOn, type MergedVersion } from './pull-request.ts';
import type { Story } from './story.ts';
import { messagesOf, parentsIn } from './team-channel.ts';

/** What GitHub and Slack hold in the end: of each merge one comment and one message, and nothing that they would have refused. */
export async function lookElsewhere(
  story: Story,
  { bad, fix }: { readonly bad: MergedVersion; readonly fix: MergedVersion },
): Promise<void> {
  const { stage, narrator, expect } = story;
  const { platforms } = stage;
  // What follows a release outside comes a moment after it.
  const told = (): string => messagesOf(platforms, fix.sha).map(words).join('; ');
  await awaitSeen('the end of the fix in Slack', told, (text) => text.includes('prod healthy'));
  const pull = platforms.sourceOf('cart').pull(fix.pull.number);
  await awaitSeen(
    'the label of the fix',
    () => [...pull.labels].join(),
    (text) => text.includes('released:prod'),
  );
  await askInComment(story, fix);
  for (const { sha, pull: of } of [bad, fix]) {
    expect.equal(`comments on pull request ${of.number}`, commentsOn(platforms, of.number).length, 1);
    expect.equal(`messages about the merge of pull request ${of.number}`, messagesOf(platforms, sha).length, 1);
  }
  narrator.say('The channel of the team, one message per merge or command, each with its thread:');
  narrator.answered(parentsIn(platforms).map(words).join('\n'));
  await expectPages(story, fix);
  const { github, slack } = platforms;
  expect.equal('requests that GitHub would have refused', [...github.misfits], []);
  expect.equal('writes that were too many for GitHub', github.writes.refused, 0);
  expect.equal('requests that Slack would have refused', [...slack.misfits], []);
  expect.equal('requests that were too many for Slack', slack.limitsHit, 0);
}

/** A command in a comment is answered in the comment of the manager: nobody gets mail of it. */
async function askInComment({ stage, narrator, expect }: Story, { pull }: MergedVersion): Promise<void> {
  const { platforms } = stage;
  const { people } = platforms.github;
  narrator.say(`Ada writes “/why prod” under pull request ${pull.number}`);
  await people.comment(platforms.sourceOf('cart'), pull.number, 'ada', '/why prod');
  const read = (): string => commentsOn(platforms, pull.number).at(-1)?.body ?? 'no comment';
  const text = await awaitSeen('the answer to /why', read, (body) => /^- [✓✗] \/why prod/m.test(body));
  expect.that('a command in a comment is answered there', /^- ✓ \/why prod/m.test(text), text);
}

function words({ text }: FakeSlackMessage): string {
  return text;
}

/** Both can be looked at. */
async function expectPages({ stage, narrator, expect }: Story, { pull, sha }: MergedVersion): Promise<void> {
  const { pullPage, channelPage } = stage.platforms;
  const page = pullPage('cart', pull.number);
  const onGithub = await pageAt(page);
  expect.that('the pull request is a page', onGithub.includes('Live in prod since'), onGithub);
  const inSlack = await pageAt(channelPage);
  expect.that('the channel is a page', inSlack.includes(sha.slice(0, 10)), inSlack);
  narrator.say(`In a browser: ${page} and ${channelPage}`);
}

async function pageAt(address: string): Promise<string> {
  const response = await fetch(address, { headers: { accept: 'text/html' } });
  return response.text();
}
