import type { HistoryItem } from '@release-manager/contract';

import { ago } from '../../core/duration.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { statePiece } from './describe-release.ts';

/** The story as a person reads it, an event after the other, like `git log`. */
export function storyLines(items: readonly HistoryItem[], now: Date): Piece[][] {
  return items.flatMap((item, index) => [...(index === 0 ? [] : [['']]), ...eventLines(item, now)]);
}

function eventLines(item: HistoryItem, now: Date): Piece[][] {
  const { says, why, replaced, ended, release } = item;
  const line = (text: string): Piece[] => [`    ${text}`];
  return [
    headLine(item, now),
    line(says),
    ...(why === undefined ? [] : [line(`because: ${why}`)]),
    ...item.rules.map(({ rule, verdict, says: words, place }): Piece[] => [
      '    ',
      styled('dim', `${rule}${place === undefined ? '' : ` (${place})`} ${verdict}: `),
      words,
    ]),
    ...(replaced === undefined || replaced === release?.artifact ? [] : [line(`in the place of ${replaced}`)]),
    ...(ended === undefined ? [] : [endLine(item, ended)]),
  ];
}

function headLine({ at, service, environment, release }: HistoryItem, now: Date): Piece[] {
  const where = [service, environment].filter((name) => name !== undefined).join(' in ');
  const parts: Piece[] = [styled('yellow', `${ago(at, now)}, ${minute(at)}`)];
  if (where !== '') parts.push('  ', styled('bold', where));
  if (release !== undefined) parts.push('  ', styled('dim', release.id));
  return parts;
}

function endLine({ at }: HistoryItem, { state, at: ended, says }: NonNullable<HistoryItem['ended']>): Piece[] {
  return ['    ', statePiece(state), `${lasted(at, ended)}: ${says}`];
}

/** ` after 40 s`; nothing where it was so at once. */
function lasted(from: string, to: string): string {
  const seconds = Math.round((Date.parse(to) - Date.parse(from)) / 1000);
  if (seconds < 1) return '';
  if (seconds < 120) return ` after ${seconds} s`;
  if (seconds < 7200) return ` after ${Math.round(seconds / 60)} min`;
  return ` after ${Math.round(seconds / 3600)} h`;
}

/** To the minute, in the zone of the record: two people who compare notes read the same. */
function minute(at: string): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
