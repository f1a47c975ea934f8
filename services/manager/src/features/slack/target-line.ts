import type { ReleaseState } from '@release-manager/domain';

import type { ShownTarget } from './group-view.ts';
import { clockTime, foreign } from './slack-text.ts';

/** Of one line, so that a dozen of them stays far below Slack's limits. */
const mostWords = 240;

const pictures: Readonly<Record<ReleaseState, string>> = {
  requested: ':hourglass_flowing_sand:',
  queued: ':hourglass_flowing_sand:',
  waiting: ':double_vertical_bar:',
  denied: ':no_entry:',
  committed: ':package:',
  applied: ':arrows_counterclockwise:',
  'rolling-out': ':arrows_counterclockwise:',
  healthy: ':white_check_mark:',
  failed: ':x:',
  superseded: ':white_circle:',
  cancelled: ':white_circle:',
};

const names: Readonly<Record<ReleaseState, string>> = {
  requested: 'asked for',
  queued: 'queued',
  waiting: 'waiting',
  denied: 'denied',
  committed: 'committed',
  applied: 'applied',
  'rolling-out': 'rolling out',
  healthy: 'healthy',
  failed: 'failed',
  superseded: 'superseded',
  cancelled: 'cancelled',
};

/** What is to be said first where several things are true. */
export function statusOf(target: ShownTarget): { readonly picture: string; readonly name: string } {
  const { state, incident, rolledBackBy, recovered, endsCommitted } = target;
  if (rolledBackBy !== undefined) return { picture: ':rewind:', name: 'rolled back' };
  if (incident !== undefined) return { picture: ':rotating_light:', name: 'crashed' };
  if (recovered) return { picture: pictures.healthy, name: 'recovered' };
  if (state === 'committed' && endsCommitted) return { picture: pictures.healthy, name: 'committed' };
  return { picture: pictures[state], name: names[state] };
}

/** One environment of a message, as mrkdwn. */
export function targetLine(target: ShownTarget): string {
  const { environment, at, hold } = target;
  const { picture, name } = statusOf(target);
  const words = wordsOf(target);
  const held = hold === undefined ? '' : `\n:lock: held by ${foreign(hold.by, 60)}: ${foreign(hold.reason, 120)}`;
  return `${picture} *${environment}* ${name}${words === '' ? '' : ` — ${foreign(words, mostWords)}`} · ${clockTime(at)}${held}`;
}

/** The same for notifications, without markup. */
export function targetWords(target: ShownTarget): string {
  return `${target.environment} ${statusOf(target).name}`;
}

/** A state that is all there is to say needs no words. */
function wordsOf({ state, says, failure, incident, rolledBackBy, endsCommitted }: ShownTarget): string {
  if (rolledBackBy !== undefined) return '';
  if (incident !== undefined) return incident.times > 1 ? `${incident.says} (${incident.times} times)` : incident.says;
  if (state === 'failed') return failure ?? says;
  if (state === 'superseded') return '';
  if (state === 'committed' && endsCommitted) return 'in the config repo; no daemon reports from there';
  return says === names[state] ? '' : says;
}
