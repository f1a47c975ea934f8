import { actorName, compact } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger, appendLedgerEntries, type NewLedgerEntry } from '../../ledger/index.ts';
import { ReleaseStore } from '../release-store.ts';
import type { Release } from '../release.ts';
import type { Planned } from './plan-one.ts';

/** The ledger's lines of releases that reached the config repo. */
export async function recordCommitted(tx: Db, releases: readonly Release[], at: Date): Promise<void> {
  await appendLedgerEntries(
    tx,
    releases.map((release) => committedEntry(release, at)),
  );
}

function committedEntry(release: Release, at: Date): NewLedgerEntry {
  const { artifactId, commitSha, replacedArtifactId } = release;
  const what = artifactId ?? 'undeployed';
  return {
    kind: 'release.committed',
    actor: { kind: 'manager' },
    service: release.service,
    environment: release.environment,
    artifactId,
    releaseId: release.id,
    from: 'queued',
    to: 'committed',
    cause: `${what} is in the config repo as ${commitSha?.slice(0, 10) ?? 'a commit'}, asked for by ${actorName(release.actor)}`,
    details: compact({ commit: commitSha, replaced: replacedArtifactId }),
    at,
  };
}

/** The transition and the ledger's line of a release that the writer refused, or that has to wait, on the tip. */
export async function recordRefused(tx: Db, planned: Exclude<Planned, { kind: 'write' }>, at: Date): Promise<void> {
  const { release, decision } = planned;
  const to = planned.kind === 'refuse' ? 'denied' : 'waiting';
  const moved = await new ReleaseStore(tx).transition(release, {
    to,
    at,
    decision,
    ...(planned.kind === 'refuse' ? { failure: planned.failure } : {}),
  });
  if (!moved) return;
  await appendLedger(tx, {
    kind: `release.${to}`,
    actor: { kind: 'manager' },
    service: release.service,
    environment: release.environment,
    artifactId: release.artifactId,
    releaseId: release.id,
    from: release.state,
    to,
    cause: planned.kind === 'refuse' ? planned.failure.message : 'a rule makes it wait',
    details: planned.kind === 'refuse' ? { code: planned.failure.code } : {},
    at,
  });
}
