import type { SlackBlock, SlackMessage } from '@release-manager/slack';

import type { GroupView } from './group-view.ts';
import { context, section } from './message-blocks.ts';
import type { MessageKey, MessageStore } from './message-store.ts';
import { foreign } from './slack-text.ts';
import { statusOf } from './target-line.ts';

export interface Digest {
  readonly views: readonly GroupView[];
  /** All that it tells of, also those without a line. */
  readonly count: number;
}

/** Lines of a digest: what Slack takes, and more than anybody reads. */
const mostLines = 40;
const linesPerBlock = 8;
const mostLine = 220;

export async function readDigest(
  store: MessageStore,
  { channel, group }: MessageKey,
  read: (group: string) => Promise<GroupView | undefined>,
): Promise<Digest> {
  const rows = await store.inDigest(channel, group, mostLines);
  const views: GroupView[] = [];
  for (const row of rows) {
    const view = await read(row.group_key);
    if (view !== undefined) views.push(view);
  }
  return { views, count: await store.countInDigest(channel, group) };
}

/** Many releases in one message: a line each, kept up to date; all of them may have left it since. Pure. */
export function digestMessage({ views, count }: Digest): Pick<SlackMessage, 'text' | 'blocks'> {
  if (count === 0) {
    const text = 'The releases that were told together here have messages of their own';
    return { text, blocks: [section(`:package: ${text}`, 'head')] };
  }
  const lines = views.map(digestLine);
  const blocks: SlackBlock[] = [
    section(
      `:package: *${count} more releases* at this time, told together so that this channel stays readable`,
      'head',
    ),
  ];
  for (let index = 0; index < lines.length; index += linesPerBlock) {
    blocks.push(section(lines.slice(index, index + linesPerBlock).join('\n'), `lines.${index}`));
  }
  if (count > lines.length) blocks.push(context(`and ${count - lines.length} more`, 'more'));
  return { text: `${count} more releases`, blocks };
}

function digestLine({ service, artifact, targets }: GroupView): string {
  const what = artifact === undefined ? '' : ` ${foreign(artifact.branch, 40)}@${artifact.sha.slice(0, 10)}`;
  const states = targets.map((target) => {
    const { picture, name } = statusOf(target);
    return `${picture} ${foreign(target.environment, 30)} ${name}`;
  });
  let line = `*${foreign(service, 63)}*${what}`;
  for (const state of states) if (line.length + state.length + 3 <= mostLine) line += ` · ${state}`;
  return line;
}
