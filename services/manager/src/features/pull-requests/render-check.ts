import type { CheckContent } from '@release-manager/github';

import { obstaclesOf, type MergePlan } from './plan-of.ts';
import { planHeadline, planTable, type CommentLinks } from './render-plan.ts';

/** GitHub takes no more. */
const longestTitle = 255;

export interface CheckText {
  readonly plan: MergePlan;
  readonly baseBranch: string;
  readonly links: CommentLinks;
}

/**
 * The same plan beside the commit. It never fails: that something holds a release back is no reason not to merge, and neutral
 * where it is so.
 */
export function renderCheck({ plan, baseBranch, links }: CheckText): CheckContent {
  const detailsUrl = links.manager;
  const { targets } = plan;
  if (targets.length === 0) {
    const title = 'Merging this releases nothing by itself';
    return { title, summary: `${title}.`, conclusion: 'neutral', detailsUrl };
  }
  const held = targets.filter((target) => obstaclesOf(target).length > 0);
  const goes = targets.length - held.length;
  const title =
    held.length === 0
      ? `Merging this releases to ${places(goes)} by itself`
      : `Merging this releases to ${goes} of ${places(targets.length)} by itself`;
  return {
    title: title.slice(0, longestTitle),
    summary: [planHeadline(plan, baseBranch), planTable(targets, links)].join('\n\n'),
    conclusion: held.length === 0 ? 'success' : 'neutral',
    detailsUrl,
  };
}

function places(count: number): string {
  return count === 1 ? '1 place' : `${count} places`;
}
