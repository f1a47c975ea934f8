import { neutraliseMarkdown } from '@release-manager/github';

import { composeComment, diffBlock, listed, tableOf, type Foldable } from './comment-text.ts';
import type { ManifestChange } from './manifest-change.ts';
import { obstaclesOf, type MergePlan, type PlannedTarget } from './plan-of.ts';
import { commandSection, type CommandAnswer } from './render-commands.ts';

/** What is said of a pull request before its merge. */
export interface PlanText {
  readonly plan: MergePlan;
  readonly headSha: string;
  readonly baseBranch: string;
  readonly change: (target: PlannedTarget) => ManifestChange;
  readonly commands: readonly CommandAnswer[];
  readonly links: CommentLinks;
}

/** Where things can be read; absent where nobody knows. */
export interface CommentLinks {
  /** The manager itself. */
  readonly manager: string;
  /** A line of a file of the config repo. */
  configFile(file: string, line: number): string | undefined;
}

/** Characters of one diff. */
const longestDiff = 20_000;

/** The comment that says what the merge releases by itself; nothing where it releases nothing and nobody asked anything. */
export function renderPlan(input: PlanText): string | undefined {
  const { plan, commands, links } = input;
  if (plan.targets.length === 0 && commands.length === 0) return undefined;
  const section = commandSection(commands);
  const head =
    plan.targets.length === 0
      ? ['**Merging this releases nothing by itself.**']
      : [planHeadline(plan, input.baseBranch), planTable(plan.targets, links), ...restOf(plan)];
  return composeComment({
    head: [...head, ...section].join('\n\n'),
    foldables: plan.targets.flatMap((target) => changeOf(target, input)),
    foot: '<sub>Kept up to date by the release manager. Comment `/why <environment>` to ask, `/release <environment>` to try it before the merge.</sub>',
    moreAt: links.manager,
  });
}

/** Says first what the reader wants to know: what goes out, and whether anything does. */
export function planHeadline({ targets }: MergePlan, baseBranch: string): string {
  const goes = targets.filter((target) => obstaclesOf(target).length === 0);
  const branch = neutraliseMarkdown(baseBranch);
  if (goes.length === 0)
    return `**Merging this into ${branch} would release ${services(targets)} by itself, but nothing of it can go out now.**`;
  const byService = [...new Set(goes.map(({ service }) => service))].map(
    (service) =>
      `${neutraliseMarkdown(service)} to ${listed(goes.filter((target) => target.service === service).map(({ environment }) => environment))}`,
  );
  const shown = byService.length > 5 ? services(goes) : listed(byService);
  return `**Merging this into ${branch} releases ${shown} by itself.**`;
}

function services(targets: readonly PlannedTarget[]): string {
  const names = [...new Set(targets.map(({ service }) => service))];
  return names.length > 5 ? `${names.length} services` : listed(names.map((name) => neutraliseMarkdown(name)));
}

/** The places that it goes to, and what is in the way. */
export function planTable(targets: readonly PlannedTarget[], links: CommentLinks): string {
  return tableOf(
    ['Service', 'Environment', 'Because', 'In the way'],
    targets.map((target) => [
      neutraliseMarkdown(target.service),
      neutraliseMarkdown(target.environment),
      ruleCell(target, links),
      obstacleCell(target, links),
    ]),
  );
}

function ruleCell({ policy }: PlannedTarget, links: CommentLinks): string {
  const { file, line, says } = policy;
  return `${neutraliseMarkdown(says.replace(/\.$/, ''))} (${place(file, line, links)})`;
}

function obstacleCell(target: PlannedTarget, links: CommentLinks): string {
  const obstacles = obstaclesOf(target);
  if (obstacles.length === 0) return 'nothing';
  return obstacles
    .map(({ verdict, explanation, source }) => {
      const sign = verdict === 'waits' ? '⏸' : '⛔';
      const where = source === undefined ? '' : ` (${place(source.file, source.line, links)})`;
      return `${sign} ${neutraliseMarkdown(explanation, 500)}${where}`;
    })
    .join('<br>');
}

function place(file: string, line: number, links: CommentLinks): string {
  const words = neutraliseMarkdown(`${file}:${line}`);
  const url = links.configFile(file, line);
  return url === undefined ? words : `[${words}](${url})`;
}

function restOf({ untouched, remarks }: MergePlan): readonly string[] {
  const names = untouched.slice(0, 10).map((name) => neutraliseMarkdown(name));
  const more = untouched.length > names.length ? [`${untouched.length - names.length} more`] : [];
  return [
    ...(untouched.length === 0 ? [] : [`Not touched by it: ${listed([...names, ...more])}.`]),
    ...remarks.slice(0, 10).map((remark) => `⚠ ${neutraliseMarkdown(remark, 500)}`),
  ];
}

/** Of targets that all wait for the same thing it is said once. */
function changeOf(target: PlannedTarget, { plan, change, headSha }: PlanText): readonly Foldable[] {
  const found = change(target);
  const where = `${neutraliseMarkdown(target.service)} in ${neutraliseMarkdown(target.environment)}`;
  const isFirst = plan.targets.find(({ service }) => service === target.service) === target;
  switch (found.kind) {
    case 'fork':
      return plan.targets[0] === target
        ? [
            foldable(
              'No diff: it comes from a fork',
              'What a fork builds is not taken before it is merged, so nobody knows yet how the manifests will differ.',
              'the note on forks',
            ),
          ]
        : [];
    case 'pending':
      return isFirst
        ? [
            foldable(
              `${neutraliseMarkdown(target.service)}: the diff is pending`,
              `CI has not pushed an artifact of ${headSha.slice(0, 10)} yet; how its manifests differ from what runs is shown here then.`,
              `the note on ${where}`,
            ),
          ]
        : [];
    case 'absent':
      return [
        foldable(
          `${where}: not in the artifact`,
          `${found.artifactId} has no manifests for it.`,
          `the note on ${where}`,
        ),
      ];
    case 'rejected':
      return [
        foldable(
          `${where}: the manifests of the head were rejected`,
          `${found.artifactId}: ${neutraliseMarkdown(found.why, 500)}`,
          `the note on ${where}`,
        ),
      ];
    case 'compared':
      return [comparison(where, found)];
  }
}

function comparison(where: string, found: Extract<ManifestChange, { kind: 'compared' }>): Foldable {
  const { objects, added, removed, text, artifactId } = found;
  const name = `the diff of ${where}`;
  if (objects === 0)
    return foldable(`${where}: no manifest changes`, `${artifactId} is what runs there already.`, name);
  const count = objects === 1 ? '1 object changes' : `${objects} objects change`;
  return foldable(`${where}: ${count}, +${added} −${removed}`, diffBlock(text, longestDiff), name);
}

function foldable(title: string, body: string, name: string): Foldable {
  return { title, body, name };
}
