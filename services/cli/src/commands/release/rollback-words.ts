import type { RollbackTarget, RollbackView } from '@release-manager/contract';

import { ago } from '../../core/duration.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { truncate } from '../../core/text-width.ts';

const longestMessage = 72;

/** What a rollback does, or would do, in lines: what it leaves, what it goes back to, what it stops and how that is lifted. */
export function rollbackLines(rollback: RollbackView, now: Date): Piece[][] {
  const { service, environment, from, to, cancelled } = rollback;
  return [
    [styled('bold', `${service} in ${environment}`), `: ${rollback.message}`],
    ...(from === undefined ? [] : [['  leaves  ', from] satisfies Piece[]]),
    ...(to === undefined
      ? []
      : [['  back to ', ...targetPieces(to)] satisfies Piece[], [`          ${ranWords(to, now)}`]]),
    ...cancelled.map(({ id, artifact }): Piece[] => [
      `  cancels ${artifact ?? 'undeploy'} (${id}), which was still queued`,
    ]),
    ...stopLines(rollback),
  ];
}

function targetPieces({ artifact, branch, message }: RollbackTarget): Piece[] {
  const words = [branch, message === undefined ? undefined : `"${truncate(message, longestMessage)}"`];
  const known = words.filter((word) => word !== undefined);
  return [styled('bold', artifact), known.length === 0 ? '' : ` of ${known.join(': ')}`];
}

function ranWords({ ended, ranFrom, ranUntil }: RollbackTarget, now: Date): string {
  const how = ended === 'healthy' ? 'was healthy there' : 'was committed there';
  const since = `since ${ranFrom} (${ago(ranFrom, now)})`;
  return ranUntil === undefined ? `${how}, ${since}, and still is` : `${how}, ${since}, until ${ranUntil}`;
}

function stopLines({ held, from, quarantined, notQuarantined, environment, next }: RollbackView): Piece[][] {
  const lines: Piece[][] = [];
  if (held) lines.push([`  holds automation in ${environment} until somebody resumes it`]);
  if (from !== undefined && quarantined.length > 0) lines.push([`  quarantines ${from} in ${quarantined.join(', ')}`]);
  for (const { environment: name, why } of notQuarantined)
    lines.push([styled('yellow', `  not in ${name}`), `: ${why}`]);
  if (next.length > 0) lines.push(['  to lift: ', styled('cyan', next.join(' ; '))]);
  return lines;
}
