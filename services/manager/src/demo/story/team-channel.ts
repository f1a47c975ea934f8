import type { FakeSlackMessage } from '@release-manager/testing';

import { awaitSeen } from '../await-seen.ts';
import { checkoutChannel, type Platforms } from '../platforms.ts';
import type { Story } from './story.ts';

/** The messages of the channel that begin a thread. */
export function parentsIn({ slack }: Platforms): readonly FakeSlackMessage[] {
  return slack.channel(checkoutChannel).messages.filter(({ threadTs }) => threadTs === undefined);
}

/** The thread of a message. */
export function repliesTo({ slack }: Platforms, { ts }: FakeSlackMessage): readonly FakeSlackMessage[] {
  return slack.channel(checkoutChannel).repliesOf(ts);
}

/** Those that speak of a commit. */
export function messagesOf(platforms: Platforms, sha: string): readonly FakeSlackMessage[] {
  return parentsIn(platforms).filter((message) => wordsIn(message).includes(sha.slice(0, 10)));
}

/** Everything that stands in a message. */
export function wordsIn({ text, blocks }: FakeSlackMessage): string {
  return `${text} ${JSON.stringify(blocks)}`;
}

/** Waits for what the message of a merge says on a phone, shows it, and @returns the message. */
export async function showMessage(
  { stage, narrator }: Story,
  sha: string,
  wanted: { readonly what: string; readonly holds: (message: FakeSlackMessage) => boolean },
): Promise<FakeSlackMessage> {
  const find = (): FakeSlackMessage | undefined => messagesOf(stage.platforms, sha).find(wanted.holds);
  const read = (): string => parentsIn(stage.platforms).map(wordsIn).join('\n');
  await awaitSeen(`${wanted.what} in Slack`, read, () => find() !== undefined);
  const message = find();
  if (message === undefined) throw new Error(`the message about ${sha} is gone`);
  narrator.say('The message in Slack:');
  narrator.answered(message.text);
  return message;
}

/** Presses a button, and @returns what whoever pressed is shown. */
export async function pressButton(
  { stage, narrator }: Story,
  { user, who }: { readonly user: string; readonly who: string },
  { message, action }: { readonly message: FakeSlackMessage; readonly action: string },
): Promise<string> {
  const { slack } = stage.platforms;
  const name = await slack.interactions.press(user, message, { action });
  const read = (): string => slack.responses.find((each) => each.name === name)?.text ?? '';
  const text = await awaitSeen(`the answer to ${who} in Slack`, read, (answer) => answer !== '');
  narrator.answered(text);
  return text;
}
