import type { RollbackTarget, RollbackView } from '@release-manager/contract';
import { compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { ArtifactRecords, type ArtifactHeadline } from '../artifacts/index.ts';
import { toReleaseView } from '../releases/index.ts';
import type { Target } from './choose-target.ts';
import type { RollbackOutcome } from './rollback.ts';

/** A rollback as the API shows it, with what it goes back to in words that people know: branch and commit message. */
export async function toRollbackView(db: Db, outcome: RollbackOutcome): Promise<RollbackView> {
  const { to, from, release } = outcome;
  const headlines = await new ArtifactRecords(db).headlines(to === undefined ? [] : [to.artifactId]);
  return compact({
    service: outcome.service,
    environment: outcome.environment,
    outcome: outcome.outcome,
    message: outcome.message,
    from,
    to: to === undefined ? undefined : toTargetView(to, headlines.get(to.artifactId)),
    release: release === undefined ? undefined : toReleaseView(release),
    cancelled: outcome.cancelled.map(toReleaseView),
    held: outcome.held,
    quarantined: [...outcome.quarantined],
    notQuarantined: outcome.notQuarantined.map(({ environment, why }) => ({ environment, why })),
    next: waysToLift(outcome),
  });
}

function toTargetView({ artifactId, release, ended, until }: Target, headline?: ArtifactHeadline): RollbackTarget {
  return compact({
    artifact: artifactId,
    branch: headline?.branch,
    message: headline?.subject,
    release: release.id,
    ended,
    ranFrom: release.committedAt.toISOString(),
    ranUntil: until?.toISOString(),
  });
}

function waysToLift({ service, environment, held, quarantined, from }: RollbackOutcome): string[] {
  return [
    ...(held ? [`release-cli resume ${environment} --service ${service}`] : []),
    ...(from === undefined || quarantined.length === 0 ? [] : [`release-cli quarantine ${from} --lift`]),
  ];
}
