import type { DecisionView, ReleaseView } from '@release-manager/contract';

import { styled, type Piece, type Style } from '../../core/piece.ts';

const styles: Readonly<Record<ReleaseView['state'], Style>> = {
  requested: 'dim',
  denied: 'red',
  waiting: 'yellow',
  queued: 'cyan',
  committed: 'cyan',
  applied: 'cyan',
  'rolling-out': 'cyan',
  healthy: 'green',
  failed: 'red',
  superseded: 'yellow',
  cancelled: 'yellow',
};

export function statePiece(state: ReleaseView['state']): Piece {
  return styled(styles[state], state);
}

/** Why it stands where it stands, and what can be done about it, in lines. */
export function reasonLines(release: ReleaseView): Piece[][] {
  const lines: Piece[][] = [];
  const silent = release.decision?.opinions.filter(({ verdict }) => verdict === 'denies' || verdict === 'waits') ?? [];
  if (release.state === 'denied' || release.state === 'waiting') {
    for (const { rule, explanation, source, next } of silent) {
      const place = source === undefined ? '' : ` (${source.file}:${source.line})`;
      lines.push([styled('bold', rule), `: ${explanation}${place}`]);
      if (next !== undefined) lines.push([`  ${next}`]);
    }
  }
  if (release.failure !== undefined) {
    lines.push([styled('bold', release.failure.code), `: ${release.failure.message}`]);
    if (release.failure.next !== undefined) lines.push([`  ${release.failure.next}`]);
  }
  return lines;
}

/** Every rule that spoke, what it said, where it stands, and the way out. */
export function opinionLines(decision: DecisionView): Piece[][] {
  return decision.opinions
    .filter(({ verdict }) => verdict !== 'not-concerned')
    .flatMap(({ rule, verdict, explanation, source, next }): Piece[][] => {
      const place = source === undefined ? '' : ` (${source.file}:${source.line})`;
      return [[`${rule} ${verdict}: ${explanation}${place}`], ...(next === undefined ? [] : [[`  ${next}`]])];
    });
}

export function releaseTable(releases: readonly ReleaseView[]): { heads: string[]; rows: Piece[][] } {
  return {
    heads: ['environment', 'release', 'artifact', 'state', 'says'],
    rows: releases.map((release) => [
      release.environment,
      release.id,
      release.artifact ?? '(undeploy)',
      statePiece(release.state),
      release.says,
    ]),
  };
}
