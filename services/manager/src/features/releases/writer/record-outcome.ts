import { actorName, compact, summarize } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger, appendLedgerEntries, type NewLedgerEntry } from '../../ledger/index.ts';
import { ReleaseStore, type Transition } from '../release-store.ts';
import type { Release } from '../release.ts';
import { waitsForStopsOnly, type Stops } from '../stops.ts';
import { supersede } from '../supersede-older.ts';
import { markRolledBack } from '../target-history.ts';
import type { Planned } from './plan-one.ts';

/** The ledger's lines of releases that reached the config repo. */
export async function recordCommitted(tx: Db, releases: readonly Release[], at: Date): Promise<void> {
  await appendLedgerEntries(
    tx,
    releases.map((release) => committedEntry(release, at)),
  );
  await markRolledBack(
    tx,
    releases.filter(({ intent }) => intent === 'rollback'),
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

/** The transition and the ledger's line of a release that the writer decided without a commit. */
export async function recordDecided(
  tx: Db,
  planned: Exclude<Planned, { kind: 'write' }>,
  { at, stops }: { readonly at: Date; readonly stops: Pick<Stops, 'settle'> | undefined },
): Promise<void> {
  const { release } = planned;
  const { transition, cause } = outcomeOf(planned, at);
  if (!(await new ReleaseStore(tx).transition(release, transition))) return;
  await appendLedger(tx, {
    kind: `release.${transition.to}`,
    actor: { kind: 'manager' },
    service: release.service,
    environment: release.environment,
    artifactId: release.artifactId,
    releaseId: release.id,
    from: release.state,
    to: transition.to,
    cause,
    details: planned.kind === 'refuse' ? { code: planned.failure.code } : {},
    at,
  });
  if (planned.kind === 'hold') await giveWay(tx, release, at);
  else await stops?.settle(tx, [release.id], planned.kind === 'refuse' ? 'refused' : 'cancelled', at);
}

/** Only the newest of a target waits: one that was on its way when a newer one began to wait gives way to that one. */
async function giveWay(tx: Db, release: Release, at: Date): Promise<void> {
  if (!release.automatic) return;
  const store = new ReleaseStore(tx);
  const pending = await store.pending(release.service, release.environment);
  const ready = pending.filter(({ automatic, decision }) => automatic && waitsForStopsOnly(decision));
  const newest = ready.toSorted((a, b) => b.seq - a.seq)[0];
  if (newest === undefined || newest.seq <= release.seq) return;
  await supersede(tx, { ...release, state: 'waiting' }, { by: newest, actor: newest.actor, at });
}

function outcomeOf(planned: Exclude<Planned, { kind: 'write' }>, at: Date): { transition: Transition; cause: string } {
  switch (planned.kind) {
    case 'refuse': {
      const { decision, failure } = planned;
      return { transition: { to: 'denied', at, decision, failure }, cause: failure.message };
    }
    case 'hold':
      return { transition: { to: 'waiting', at, decision: planned.decision }, cause: summarize(planned.decision) };
    case 'obsolete': {
      const by = planned.by === undefined ? {} : { supersededBy: planned.by };
      return { transition: { to: 'superseded', at, ...by }, cause: 'a release has moved the service already' };
    }
  }
}
