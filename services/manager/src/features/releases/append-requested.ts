import { actorName, summarize } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import type { Release } from './release.ts';

/** The ledger's line of a release that was just asked for. */
export async function appendRequested(tx: Db, release: Release): Promise<void> {
  const what = release.artifactId ?? 'undeploy';
  const why = release.decision === undefined ? '' : `: ${summarize(release.decision)}`;
  const cause = {
    queued: `${actorName(release.actor)} asked for ${what} in ${release.environment}${why}`,
    denied: `${actorName(release.actor)} asked for ${what} in ${release.environment}, denied${why}`,
    waiting: `${actorName(release.actor)} asked for ${what} in ${release.environment}, waits${why}`,
    superseded: `${what} is older than what automation queued for ${release.environment} before`,
  } as Readonly<Partial<Record<Release['state'], string>>>;
  await appendLedger(tx, {
    kind: `release.${release.state}`,
    actor: release.actor,
    service: release.service,
    environment: release.environment,
    artifactId: release.artifactId,
    releaseId: release.id,
    from: 'requested',
    to: release.state,
    cause: cause[release.state] ?? `${what} in ${release.environment}`,
    details: {
      intent: release.intent,
      ...(release.reason === undefined ? {} : { reason: release.reason }),
      ...(release.retryOf === undefined ? {} : { retryOf: release.retryOf }),
    },
    at: release.requestedAt,
  });
}
