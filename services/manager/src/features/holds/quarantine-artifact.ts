import { actorName, type Actor } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { ReleaseStore, withStops, type Release } from '../releases/index.ts';
import type { Quarantine, Target } from './hold.ts';
import { QuarantineStore, type NewQuarantine } from './quarantine-store.ts';
import { StateFileStore } from './state-file-store.ts';
import { quarantineOpinion } from './stop-words.ts';

/** What a quarantine did. */
export interface QuarantineOutcome {
  readonly quarantine: Quarantine;
  /** Releases of the artifact that stood before the config repo and are denied now. */
  readonly denied: readonly Release[];
  /** Those that were being pushed at that moment: they may reach the config repo, or be denied. */
  readonly onTheirWay: readonly Release[];
}

/**
 * Says that nobody may release an artifact to one environment any more, and denies the releases of it that were not on their way
 * yet. Takes the lock of the target, before rows of releases; several environments in the order of their names.
 */
export async function quarantineArtifact(tx: Db, input: NewQuarantine): Promise<QuarantineOutcome> {
  const { service, environment, artifactId, actor, reason, at } = input;
  const releases = new ReleaseStore(tx);
  await releases.lockTarget(service, environment);
  const { free, pushed } = await releases.pendingLocked({ service, environment, artifactId });
  const quarantine = await new QuarantineStore(tx).set(input);
  await appendLedger(tx, {
    kind: 'quarantine.set',
    actor,
    service,
    environment,
    artifactId,
    releaseId: input.releaseId,
    cause: `${actorName(actor)} quarantined ${artifactId} in ${environment}: ${reason}`,
    details: { quarantine: quarantine.id, reason },
    at,
  });
  await new StateFileStore(tx).changed([{ service, environment, actor, reason }], at);
  for (const release of free) await deny(tx, release, quarantine, at);
  await releases.wakeWriter();
  return { quarantine, denied: free, onTheirWay: pushed };
}

async function deny(tx: Db, release: Release, quarantine: Quarantine, at: Date): Promise<void> {
  const opinion = quarantineOpinion(quarantine);
  const decision = withStops(release.decision, [opinion]);
  await new ReleaseStore(tx).transition(release, { to: 'denied', at, decision });
  await appendLedger(tx, {
    kind: 'release.denied',
    actor: quarantine.actor,
    service: release.service,
    environment: release.environment,
    artifactId: release.artifactId,
    releaseId: release.id,
    from: release.state,
    to: 'denied',
    cause: opinion.explanation,
    at,
  });
}

export interface LiftQuarantine extends Target {
  readonly artifactId: string;
  readonly actor: Actor;
  readonly at: Date;
}

/** The artifact may be released there again; nothing goes out by itself. @returns what stood there, if anything did */
export async function liftQuarantine(tx: Db, input: LiftQuarantine): Promise<Quarantine | undefined> {
  const { service, environment, artifactId, actor, at } = input;
  await new ReleaseStore(tx).lockTarget(service, environment);
  const lifted = (await new QuarantineStore(tx).lift(input)).at(-1);
  if (lifted === undefined) return undefined;
  await appendLedger(tx, {
    kind: 'quarantine.lifted',
    actor,
    service,
    environment,
    artifactId,
    cause: `${actorName(actor)} lifted the quarantine of ${artifactId} in ${environment}, which ${actorName(lifted.actor)} had set: ${lifted.reason}`,
    details: { quarantine: lifted.id },
    at,
  });
  await new StateFileStore(tx).changed([{ service, environment, actor }], at);
  return lifted;
}
