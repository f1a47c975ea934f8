import type { ReleaseState } from '@release-manager/domain';
import { fenceMarkdown, neutraliseMarkdown } from '@release-manager/github';

import { composeComment, listed, minute, tableOf, type Foldable } from './comment-text.ts';
import { commandSection, type CommandAnswer } from './render-commands.ts';
import { isBroken, isLive, type TrackedRelease, type TrackedTarget } from './tracked-target.ts';

/** What is said of a pull request after its merge. */
export interface TrackerText {
  readonly targets: readonly TrackedTarget[];
  /** In the order of promotion. */
  readonly environments: readonly string[];
  readonly mergeSha: string | undefined;
  readonly mergedAt: Date | undefined;
  readonly commands: readonly CommandAnswer[];
  readonly links: { readonly manager: string; release(id: string): string };
}

const longestLog = 8_000;

/** The comment that follows a merge to where it is live; nothing where it never was on its way and nobody asked anything. */
export function renderTracker(input: TrackerText): string | undefined {
  const { targets, commands, links } = input;
  if (targets.length === 0 && commands.length === 0) return undefined;
  const head =
    targets.length === 0
      ? ['**Merged. Nothing of it is released by itself.**']
      : [headline(input), table(targets, links)];
  return composeComment({
    head: [...head, ...commandSection(commands)].join('\n\n'),
    foldables: targets.flatMap(troubleOf),
    foot: `<sub>${foot(input)}</sub>`,
    moreAt: links.manager,
  });
}

function headline({ targets, environments }: TrackerText): string {
  const names = environments.filter((name) => targets.some(({ environment }) => environment === name));
  const all = [
    ...names,
    ...new Set(targets.map(({ environment }) => environment).filter((name) => !names.includes(name))),
  ];
  const of = (name: string): readonly TrackedTarget[] => targets.filter(({ environment }) => environment === name);
  const live = all.filter((name) => of(name).every(isLive));
  const broken = all.filter((name) => of(name).some(isBroken));
  const back = all.filter((name) => of(name).some(isRolledBack));
  const rest = all.filter((name) => ![...live, ...broken, ...back].includes(name));
  const last = all.at(-1);
  if (last !== undefined && rest.length === 0 && broken.length === 0 && back.length === 0)
    return `**Live in ${last} since ${minute(liveSince(of(last)))}.**`;
  const parts = [
    ...(broken.length > 0 ? [`in trouble in ${listed(broken)}`] : []),
    ...(back.length > 0 ? [`rolled back in ${listed(back)}`] : []),
    ...(live.length > 0 ? [`live in ${listed(live)}`] : []),
    ...(rest.length > 0 ? [`on its way to ${listed(rest)}`] : []),
  ];
  return `**Merged: ${parts.join(', ')}.**`;
}

function isRolledBack({ stage }: TrackedTarget): boolean {
  return stage.kind === 'release' && stage.release.rolledBackBy !== undefined;
}

function liveSince(targets: readonly TrackedTarget[]): Date {
  const times = targets.map(({ stage }) => (stage.kind === 'release' ? stage.release.since.getTime() : 0));
  return new Date(Math.max(...times));
}

function table(targets: readonly TrackedTarget[], links: TrackerText['links']): string {
  return tableOf(
    ['Service', 'Environment', 'State'],
    targets.map((target) => [
      neutraliseMarkdown(target.service),
      neutraliseMarkdown(target.environment),
      stateCell(target, links),
    ]),
  );
}

function stateCell({ stage, environment }: TrackedTarget, links: TrackerText['links']): string {
  switch (stage.kind) {
    case 'build':
      return '… waits for CI to push an artifact of the merge';
    case 'rejected':
      return `✗ ${stage.artifactId} was rejected: ${neutraliseMarkdown(stage.why, 500)}`;
    case 'artifact':
      return `… ${stage.artifactId} is ready; nothing sends it to ${neutraliseMarkdown(environment)} yet`;
    case 'release':
      return `${releaseCell(stage.release)} ([${stage.release.artifactId}](${links.release(stage.release.id)}))`;
  }
}

function releaseCell(release: TrackedRelease): string {
  const { state, since, rolledBackBy } = release;
  if (rolledBackBy !== undefined) return `↩ rolled back by ${rolledBackBy}; was ${state} since ${minute(since)}`;
  const words = neutraliseMarkdown(release.says, 400);
  return stateWords[state](release, minute(since), words);
}

type StateWords = (release: TrackedRelease, at: string, words: string) => string;

const ended: StateWords = (_release, _at, words) => `– ${words}`;
const queued: StateWords = (_release, at) => `… queued ${at}`;

const stateWords: Readonly<Record<ReleaseState, StateWords>> = {
  requested: queued,
  queued,
  waiting: (_release, at, words) => `⏸ waits since ${at}: ${words}`,
  denied: (_release, at, words) => `⛔ denied ${at}: ${words}`,
  superseded: ended,
  cancelled: ended,
  committed: (release, at, words) => (release.ended ? `✓ committed ${at}` : `… committed ${at}, ${words}`),
  applied: (_release, at) => `… applied ${at}`,
  'rolling-out': ({ progress }, at) =>
    `… rolling out${progress === undefined ? '' : ` ${progress.done}/${progress.wanted}`} since ${at}`,
  healthy: ({ trouble }, at) =>
    trouble === undefined ? `✓ healthy since ${at}` : `✗ crashed ${minute(trouble.since)}, was healthy since ${at}`,
  failed: (_release, at, words) => `✗ failed ${at}: ${words}`,
};

function troubleOf({ service, environment, stage }: TrackedTarget): readonly Foldable[] {
  if (stage.kind !== 'release' || stage.release.trouble === undefined) return [];
  const { cluster, message, next, log, logOf } = stage.release.trouble;
  const lines = [
    `${cluster === 'default' ? '' : `${neutraliseMarkdown(cluster)}: `}${neutraliseMarkdown(message, 1000)}`,
    ...(next === undefined ? [] : [`What to do: ${neutraliseMarkdown(next, 500)}`]),
    ...(log.length === 0
      ? []
      : [
          `The last lines of ${neutraliseMarkdown(logOf ?? 'the container')}:`,
          fenceMarkdown(log.join('\n'), longestLog),
        ]),
  ];
  return [
    {
      title: `${service} in ${environment}: what went wrong`,
      body: lines.join('\n\n'),
      name: `what went wrong with ${service} in ${environment}`,
    },
  ];
}

/** Which build carries the merge, where that is not the merge itself. */
function foot({ targets, mergeSha, mergedAt }: TrackerText): string {
  const merged = `Merged${mergeSha === undefined ? '' : ` as ${mergeSha.slice(0, 10)}`}${mergedAt === undefined ? '' : ` ${minute(mergedAt)}`}`;
  const builtFrom = [
    ...new Set(
      targets.flatMap(({ stage }) => (stage.kind === 'release' || stage.kind === 'artifact' ? [stage.sha] : [])),
    ),
  ].filter((sha) => sha !== mergeSha);
  if (builtFrom.length === 0) return `${merged}. Kept up to date by the release manager.`;
  const shas = listed(builtFrom.slice(0, 3).map((sha) => sha.slice(0, 10)));
  return `${merged}, and built with what came after it: ${shas}. Kept up to date by the release manager.`;
}
