import type { EnvironmentStatus, QuarantineView, ReleaseView, ServiceStatus } from '@release-manager/contract';

import { ago } from '../../core/duration.ts';
import type { View } from '../../core/output.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { truncate } from '../../core/text-width.ts';
import { statePiece } from './describe-release.ts';
import { driftWords, hasSeveralClusters, healthPiece } from './rollout-words.ts';

const messageWidth = 60;
/** What stands in the way is worth more room than a commit message. */
const troubleWidth = 100;

/** What is where: a line for each environment, below it what stands in the way, what stops releases, what is on its way. */
export function statusView(services: readonly ServiceStatus[], now: Date): View {
  return {
    value: services,
    empty: 'nothing is released anywhere yet',
    table: {
      heads: ['service', 'environment', 'artifact', 'state', 'by', 'since', 'message'],
      rows: services.flatMap(({ service, environments }) =>
        environments.flatMap((status) => [
          currentRow(service, status, now),
          ...troubleRows(service, status, now),
          ...driftRows(service, status, now),
          ...stopRows(service, status, now),
          ...status.pending.map((release) => pendingRow(service, release, now)),
        ]),
      ),
    },
  };
}

function currentRow(service: string, { environment, current }: EnvironmentStatus, now: Date): Piece[] {
  if (current === undefined) return [service, environment, '-', '', '', '', ''];
  const { artifact, release, message } = current;
  return [
    service,
    environment,
    artifact,
    release === undefined ? '' : healthPiece(release),
    release?.actor.name ?? '',
    release === undefined ? '' : ago(release.committedAt ?? release.updatedAt, now),
    truncate(message?.split('\n')[0] ?? '', messageWidth),
  ];
}

/** What stands in the way in a cluster; where it is one of several, its name. */
function troubleRows(service: string, { environment, current }: EnvironmentStatus, now: Date): Piece[][] {
  const rollout = current?.release?.rollout;
  const several = hasSeveralClusters(rollout);
  return (rollout?.clusters ?? []).flatMap(({ cluster, phase, since, why }): Piece[][] => {
    if (why === undefined) return [];
    const where = [several ? cluster : '', why.object ?? ''].filter((text) => text !== '').join(' ');
    const word = styled(phase === 'failed' ? 'red' : 'yellow', phase);
    const says = truncate(`${why.code}: ${why.message}`, troubleWidth);
    return [[service, environment, `! ${where}`.trimEnd(), word, '', ago(since, now), says]];
  });
}

/** Where a cluster is other than committed: what it has, what it should have, and who made it so. */
function driftRows(service: string, { environment, current, drift = [] }: EnvironmentStatus, now: Date): Piece[][] {
  const several = hasSeveralClusters(current?.release?.rollout);
  return drift.map((each): Piece[] => {
    const where = several ? `${each.cluster} ${each.object}` : each.object;
    const word = styled('yellow', 'drift');
    return [
      service,
      environment,
      `≠ ${where}`,
      word,
      each.by ?? '',
      ago(each.since, now),
      truncate(driftWords(each), troubleWidth),
    ];
  });
}

/** What stops releases there, between what is there and what is on its way. */
function stopRows(service: string, { environment, hold, quarantines = [] }: EnvironmentStatus, now: Date): Piece[][] {
  const held = hold === undefined ? [] : [{ ...hold, what: '‖', word: styled('yellow', 'held') }];
  const bad = quarantines.map((each: QuarantineView) => ({
    ...each,
    what: `✗ ${each.artifact}`,
    word: styled('red', 'quarantined'),
  }));
  return [...held, ...bad].map(({ what, word, actor, since, reason }) => [
    service,
    environment,
    what,
    word,
    actor.name,
    ago(since, now),
    truncate(reason, messageWidth),
  ]);
}

function pendingRow(service: string, release: ReleaseView, now: Date): Piece[] {
  const { environment, artifact, state, actor, requestedAt, says } = release;
  return [
    service,
    environment,
    `→ ${artifact ?? 'undeploy'}`,
    statePiece(state),
    actor.name,
    ago(requestedAt, now),
    says,
  ];
}
