import type { SlackBlock, SlackMessage } from '@release-manager/slack';

import type { GroupView, ShownTarget } from './group-view.ts';
import { context, preformatted, section } from './message-blocks.ts';
import { buttonRow } from './message-buttons.ts';
import type { MessageOptions } from './parent-message.ts';
import { foreign, link, mention, raw } from './slack-text.ts';

type Contents = Pick<SlackMessage, 'text' | 'blocks'>;

/** Longer logs are shared as a file, with their last lines here. */
const mostExcerpt = 1500;
const mostExcerptLines = 20;
/** Of a diff; who wants all of it asks for it. */
const mostDiff = 2400;
const mostObjects = 15;

/** What containers printed before they died. */
export interface ShownLog {
  readonly pod: string;
  readonly container: string;
  readonly lines: readonly string[];
}

export interface Trouble {
  readonly view: GroupView;
  readonly target: ShownTarget;
  /** `failed`: the release; `crashed`: after it had run well. */
  readonly kind: 'failed' | 'crashed';
  readonly says: string;
  readonly next?: string | undefined;
  readonly log?: ShownLog | undefined;
  /** The Slack id of whom it concerns most. */
  readonly author?: string | undefined;
  /** How it ended, once it did. */
  readonly resolved?: string | undefined;
}

/** The one message that makes noise, and says itself when the trouble is over. Pure. */
export function troubleMessage(trouble: Trouble, { clicks }: MessageOptions): Contents {
  const { view, target, resolved, log } = trouble;
  const links = linkLine(view);
  const blocks: SlackBlock[] = [section([headOf(trouble), foreign(trouble.says, 800)].join('\n'), 'head')];
  if (trouble.next !== undefined && resolved === undefined) {
    blocks.push(section(`_What to do:_ ${foreign(trouble.next, 500)}`, 'next'));
  }
  if (log !== undefined) blocks.push(...logBlocks(log));
  if (links !== '') blocks.push(context(links, 'links'));
  if (clicks && resolved === undefined) blocks.push(buttonRow(target));
  return { text: notification(trouble), blocks };
}

function headOf({ view, target, kind, resolved, author }: Trouble): string {
  const what = `*${foreign(view.service, 63)}* in *${foreign(target.environment, 63)}* ${deeds[kind]}`;
  if (resolved !== undefined) return `:adhesive_bandage: ${what}, and is resolved: ${foreign(resolved, 300)}`;
  const who = author === undefined ? undefined : mention(author);
  return [`:rotating_light: ${what}`, ...(who === undefined ? [] : [who])].join(' ');
}

const deeds: Readonly<Record<Trouble['kind'], string>> = { failed: 'failed', crashed: 'crashed after it had run well' };

function notification({ view, target, kind, says, resolved }: Trouble): string {
  const what = `${view.service} in ${target.environment}`;
  return resolved === undefined ? `${what} ${deeds[kind]}: ${foreign(says, 300)}` : `${what} is well again`;
}

function linkLine({ links }: GroupView): string {
  return [link(links.runbook, 'runbook'), link(links.dashboard, 'dashboard')]
    .filter((each) => each.startsWith('<'))
    .join(' · ');
}

/** Whether the excerpt leaves something out. */
export function isLongLog({ lines }: ShownLog): boolean {
  return lines.length > mostExcerptLines || lines.join('\n').length > mostExcerpt;
}

function logBlocks(log: ShownLog): readonly SlackBlock[] {
  const text = log.lines.slice(-mostExcerptLines).join('\n');
  if (text.trim() === '') return [];
  const kept = text.length > mostExcerpt ? `…${text.slice(-(mostExcerpt - 1)).replace(/^[\uDC00-\uDFFF]/, '')}` : text;
  const what = `last lines of ${foreign(log.container, 63)} in ${foreign(log.pod, 80)}`;
  return [
    context(isLongLog(log) ? `${what}; all of them follow` : what, 'log'),
    preformatted(raw(kept, mostExcerpt), 'lines'),
  ];
}

export interface ShownDiff {
  readonly objects: readonly {
    readonly name: string;
    readonly change: 'added' | 'removed' | 'changed';
    readonly added: number;
    readonly removed: number;
  }[];
  readonly text: string;
}

/** What stands in the thread when a release was committed: what it changed, by which commit. Pure. */
export function detailsMessage(
  target: ShownTarget,
  {
    commit,
    replaced,
    diff,
  }: {
    readonly commit?: string | undefined;
    readonly replaced?: string | undefined;
    readonly diff?: ShownDiff | undefined;
  },
): Contents {
  const place = commit === undefined ? '' : ` as commit ${commit.slice(0, 10)}`;
  const before = replaced === undefined ? '' : `, in the place of ${replaced}`;
  const head = `*${foreign(target.environment, 63)}* written to the config repo${place}${before}`;
  const blocks: SlackBlock[] = [section([head, ...objectLines(diff)].join('\n'), 'head')];
  const text = diff?.text ?? '';
  if (text !== '') blocks.push(preformatted(raw(text, mostDiff), 'diff'));
  if (text.length > mostDiff) blocks.push(context(`all of it: \`release-cli diff\``, 'more'));
  return { text: `${target.service} in ${target.environment}: what changed`, blocks };
}

function objectLines(diff: ShownDiff | undefined): readonly string[] {
  if (diff === undefined) return [];
  if (diff.objects.length === 0) return ['no manifest changed'];
  const signs = { added: '+', removed: '−', changed: '±' };
  const shown = diff.objects
    .slice(0, mostObjects)
    .map(({ name, change, added, removed }) => `${signs[change]} ${foreign(name, 90)} (+${added} −${removed})`);
  return diff.objects.length > mostObjects
    ? [...shown, `and ${diff.objects.length - mostObjects} more objects`]
    : shown;
}
