import type { SlackBlock, SlackMessage } from '@release-manager/slack';

import type { GroupView, ShownBuild, ShownTarget } from './group-view.ts';
import { context, section } from './message-blocks.ts';
import { buttonRows } from './message-buttons.ts';
import { foreign, link } from './slack-text.ts';
import { targetLine, targetWords } from './target-line.ts';

export interface MessageOptions {
  /** Whether Slack tells us of clicks. */
  readonly clicks: boolean;
}

/** Environments with a line of their own; nobody reads more, and Slack takes only so much. */
const mostLines = 12;
/** Blocks are counted together: a few lines to a block. */
const mostSteps = 12;

/** The message of a merge or a command: what it is, and a line for each environment that it goes to. Pure. */
export function parentMessage(view: GroupView, { clicks }: MessageOptions): Pick<SlackMessage, 'text' | 'blocks'> {
  const { targets, build } = view;
  const blocks: SlackBlock[] = [section(headline(view), 'head')];
  if (build !== undefined) blocks.push(section(buildLine(build), 'build'));
  for (const target of targets.slice(0, mostLines)) blocks.push(section(targetLine(target), `at.${target.releaseId}`));
  if (targets.length > mostLines) blocks.push(context(`and ${targets.length - mostLines} more environments`, 'more'));
  const small = footer(view);
  if (small !== '') blocks.push(context(small, 'foot'));
  return { text: notification(view), blocks: [...blocks, ...buttonRows(targets, clicks)] };
}

function headline(view: GroupView): string {
  const { service, artifact } = view;
  const what = foreign(service, 63);
  const deed = deedOf(view.targets);
  if (artifact === undefined) return `*${what}* ${deed}`;
  const commit = link(artifact.url, `${foreign(artifact.branch, 60)}@${artifact.sha.slice(0, 10)}`);
  const message = artifact.message === undefined ? '' : `\n${foreign(artifact.message, 200)}`;
  return `*${what}* ${deed} ${commit} by ${foreign(artifact.author, 60)}${message}`;
}

/** What was asked for, where it was not automation. */
function deedOf(targets: readonly ShownTarget[]): string {
  const [first] = targets;
  if (first === undefined || first.automatic) return '·';
  const who = foreign(first.by, 60);
  const where = targets
    .slice(0, mostLines)
    .map(({ environment }) => environment)
    .join(', ');
  switch (first.intent) {
    case 'rollback':
      return `· ${who} rolls ${where} back to`;
    case 'undeploy':
      return `· ${who} takes it out of ${where}`;
    case 'promote':
      return `· ${who} promotes to ${where}`;
    case 'restore':
      return `· ${who} restores in ${where}`;
    case 'auto':
    case 'branch':
    case 'artifact':
      return `· ${who} releases to ${where}`;
  }
}

const stepPictures: Readonly<Record<ShownBuild['steps'][number]['status'], string>> = {
  passed: ':white_check_mark:',
  failed: ':x:',
  running: ':arrows_counterclockwise:',
  skipped: ':white_circle:',
};

function buildLine({ state, steps, jobUrl }: ShownBuild): string {
  const shown = steps.slice(0, mostSteps).map(({ name, status }) => `${stepPictures[status]} ${foreign(name, 40)}`);
  const more = steps.length > mostSteps ? [`and ${steps.length - mostSteps} more`] : [];
  const said = {
    running: ':hammer_and_wrench: building',
    finished: 'built',
    abandoned: ':no_entry: the build was abandoned',
  };
  return [link(jobUrl, said[state]), ...shown, ...more].join(' · ');
}

function footer({ targets, artifact, links }: GroupView): string {
  const reason = targets.find((target) => target.reason !== undefined)?.reason;
  const [first] = targets;
  return [
    ...(first?.automatic === true ? [`by the policy ${foreign(first.by, 80)}`] : []),
    ...(reason === undefined ? [] : [`“${foreign(reason, 200)}”`]),
    ...(artifact?.id === undefined ? [] : [artifact.id]),
    ...(links.dashboard === undefined ? [] : [link(links.dashboard, 'dashboard')]),
  ].join(' · ');
}

/** What a phone shows. */
function notification({ service, targets, artifact, build }: GroupView): string {
  const what =
    artifact === undefined ? service : `${service} ${foreign(artifact.branch, 60)}@${artifact.sha.slice(0, 10)}`;
  const states = targets.slice(0, mostLines).map(targetWords);
  if (states.length === 0 && build !== undefined)
    return `${what}: ${build.state === 'running' ? 'building' : build.state}`;
  return `${what}: ${states.join(', ')}`;
}
