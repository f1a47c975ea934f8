import type { Button, PlainText, SlackBlock } from '@release-manager/slack';

import { writeButtonValue, type SlackAction } from './button-value.ts';
import type { ShownTarget } from './group-view.ts';
import { raw, webAddress } from './slack-text.ts';

/** Rows of buttons in one message: the targets where something is to be done, the most urgent first. */
const mostRows = 2;

const labels: Readonly<Record<SlackAction, string>> = {
  'release.rollback': 'Roll back',
  'release.hold': 'Hold',
  'release.resume': 'Resume',
  'release.retry': 'Retry',
  'release.logs': 'Logs',
  'release.open': 'Open',
};

/**
 * The buttons of a message. Those that do something are there only where clicks come back to us; a link works without.
 * @param clicks whether Slack tells us of clicks
 */
export function buttonRows(targets: readonly ShownTarget[], clicks: boolean): readonly SlackBlock[] {
  const first = targets[0];
  if (first === undefined) return [];
  if (!clicks) return openRow(first);
  const urgent = targets.toSorted((a, b) => urgency(a) - urgency(b)).filter((each) => actionsOf(each).length > 0);
  // The last environment that can be acted on is there in any case: what reached customers is what people go back from.
  const last = targets.findLast((each) => actionsOf(each).length > 0);
  const troubled = urgent.filter((each) => urgency(each) < 2);
  const chosen = [...new Set([...troubled.slice(0, mostRows - 1), ...(last === undefined ? [] : [last])])];
  const rows = chosen.length === 0 ? [first] : chosen;
  return rows.map((target) => buttonRow(target)).filter(hasElements);
}

/** All buttons of one target. */
export function buttonRow(target: ShownTarget): Extract<SlackBlock, { type: 'actions' }> {
  const elements = [...actionsOf(target).map((action) => actionButton(action, target)), ...openButton(target)];
  return { type: 'actions', block_id: `actions.${target.releaseId}`, elements };
}

/** Without anything that Slack would have to tell us of. */
function openRow(target: ShownTarget): readonly SlackBlock[] {
  const elements = openButton(target);
  return elements.length === 0 ? [] : [{ type: 'actions', block_id: 'open', elements }];
}

function hasElements(block: Extract<SlackBlock, { type: 'actions' }>): boolean {
  return block.elements.length > 0;
}

/** 0: broken; 1: held, or waiting for somebody; 2: nothing wrong. */
function urgency({ state, incident, hold }: ShownTarget): number {
  if (state === 'failed' || incident !== undefined) return 0;
  return hold !== undefined || state === 'waiting' ? 1 : 2;
}

/** What can sensibly be done in a state; `hold` stands for `resume` where there is one. */
const byState: Readonly<Partial<Record<ShownTarget['state'], readonly SlackAction[]>>> = {
  failed: ['release.rollback', 'release.retry', 'release.logs', 'release.hold'],
  healthy: ['release.rollback', 'release.hold'],
  committed: ['release.rollback', 'release.logs', 'release.hold'],
  applied: ['release.rollback', 'release.logs', 'release.hold'],
  'rolling-out': ['release.rollback', 'release.logs', 'release.hold'],
};
const afterCrash: readonly SlackAction[] = ['release.rollback', 'release.logs', 'release.hold'];

/** Whether it may be done is asked at the click. */
function actionsOf(target: ShownTarget): readonly SlackAction[] {
  const { state, intent, isPast, hold, rolledBackBy, incident } = target;
  if (isPast || rolledBackBy !== undefined) return [];
  if (state === 'waiting') return hold === undefined ? [] : ['release.resume'];
  const actions = (incident === undefined ? byState[state] : afterCrash) ?? [];
  const possible = intent === 'undeploy' ? actions.filter((action) => action === 'release.hold') : actions;
  return hold === undefined
    ? possible
    : possible.map((action) => (action === 'release.hold' ? 'release.resume' : action));
}

function actionButton(action: SlackAction, target: ShownTarget): Button {
  const { releaseId, service, environment, artifact } = target;
  const label = `${labels[action]} ${environment}`;
  return {
    type: 'button',
    action_id: action,
    text: plain(label, 75),
    value: writeButtonValue({ release: releaseId, service, environment, artifact }),
    ...(action === 'release.rollback'
      ? {
          style: 'danger' as const,
          confirm: {
            title: plain(`Roll ${environment} back?`, 100),
            text: plain(
              `${service} goes back to what ran in ${environment} before, and automation is held there until somebody resumes it.`,
              300,
            ),
            confirm: plain('Roll back', 30),
            deny: plain('No', 30),
          },
        }
      : {}),
  };
}

function openButton({ url }: ShownTarget): readonly Button[] {
  const address = webAddress(url);
  return address === undefined
    ? []
    : [{ type: 'button', action_id: 'release.open', text: plain(labels['release.open'], 75), url: address }];
}

function plain(text: string, most: number): PlainText {
  return { type: 'plain_text', text: raw(text, most) };
}
