import { actorName, newId, type Actor, type GitIdentity } from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import { holdTarget, quarantineArtifact } from '../holds/index.ts';
import { appendLedger } from '../ledger/index.ts';
import {
  appendRequested,
  authorOf,
  ReleaseStore,
  stateAfter,
  type decideRelease,
  type Release,
} from '../releases/index.ts';
import type { RollbackJudgement } from './judge-rollback.ts';
import { RollbackStore } from './rollback-store.ts';
import type { RollbackRequest } from './rollback.ts';

export interface CarryOutInput {
  readonly request: RollbackRequest;
  readonly actor: Actor;
  /** The manager's own identity in commits. */
  readonly identity: GitIdentity;
  readonly going: Extract<RollbackJudgement, { kind: 'go' }>;
  readonly decision: ReturnType<typeof decideRelease>;
  /** Where the bad artifact is quarantined, in the order of the names. */
  readonly quarantine: readonly string[];
  readonly mark: { readonly key: string; readonly hash: string } | undefined;
  readonly at: Date;
}

export interface CarriedOut {
  /** Absent where nothing has to be committed. */
  readonly release: Release | undefined;
  readonly cancelled: readonly Release[];
}

/**
 * Everything that a rollback changes, in the caller's one transaction: what was queued is taken back, the release is queued,
 * automation is held and the bad artifact quarantined. Hold and quarantine count from here on; they are settled with the release,
 * and at once where there is none. A rollback that the decision refuses leaves its record and changes nothing else.
 */
export async function carryOut(tx: Db, input: CarryOutInput): Promise<CarriedOut> {
  const { going, decision } = input;
  const denied = decision.verdict === 'denied';
  const cancelled = denied ? [] : await cancel(tx, input);
  const release = going.there === undefined || denied ? await queue(tx, input) : undefined;
  if (!denied) {
    await appendAccepted(tx, input, { release, cancelled });
    await stop(tx, input, release?.id);
  }
  await new RollbackStore(tx).insert(
    {
      id: newId('rbk', input.at),
      service: input.request.service,
      environment: input.request.environment,
      ...(going.from === undefined ? {} : { fromArtifactId: going.from }),
      toArtifactId: going.to.artifactId,
      ...(release === undefined ? {} : { releaseId: release.id }),
      cancelled: cancelled.map(({ id }) => id),
      quarantined: denied ? [] : input.quarantine,
      reason: input.request.reason,
      actor: input.actor,
      acceptedAt: input.at,
      ...(input.mark === undefined ? {} : { requestHash: input.mark.hash }),
    },
    input.mark?.key,
  );
  await new ReleaseStore(tx).wakeWriter();
  return { release, cancelled };
}

async function cancel(tx: Db, { going, actor, request, at }: CarryOutInput): Promise<readonly Release[]> {
  const store = new ReleaseStore(tx);
  const cancelled: Release[] = [];
  for (const release of going.cancels) {
    const cause = `${actorName(actor)} rolled ${release.environment} back to ${going.to.artifactId} before it was committed: ${request.reason}`;
    const failure = { code: 'rollback.cancelled', message: cause };
    if (!(await store.transition(release, { to: 'cancelled', at, failure }))) continue;
    cancelled.push({ ...release, state: 'cancelled', failure, updatedAt: at });
    await appendLedger(tx, {
      kind: 'release.cancelled',
      actor,
      service: release.service,
      environment: release.environment,
      artifactId: release.artifactId,
      releaseId: release.id,
      from: release.state,
      to: 'cancelled',
      cause,
      at,
    });
  }
  return cancelled;
}

async function queue(tx: Db, { request, actor, identity, going, decision, at }: CarryOutInput): Promise<Release> {
  const release = await new ReleaseStore(tx).insert({
    id: newId('rel', at),
    requestId: newId('req', at),
    service: request.service,
    environment: request.environment,
    artifactId: going.to.artifactId,
    intent: 'rollback',
    automatic: false,
    ...(going.branch === undefined ? {} : { branch: going.branch }),
    state: stateAfter(decision),
    actor,
    author: authorOf(actor, identity),
    reason: request.reason,
    decision,
    requestedAt: at,
  });
  await appendRequested(tx, release);
  return release;
}

/** Targets in the order of their names, as everybody locks them. Without a release they count for good at once. */
async function stop(tx: Db, input: CarryOutInput, releaseId: string | undefined): Promise<void> {
  const { request, actor, going, quarantine, at } = input;
  const { service, reason } = request;
  const artifactId = going.from;
  for (const environment of quarantine) {
    if (environment === request.environment)
      await holdTarget(tx, { service, environment, reason, actor, at, releaseId });
    if (artifactId !== undefined)
      await quarantineArtifact(tx, { service, environment, artifactId, reason, actor, at, releaseId });
  }
}

async function appendAccepted(tx: Db, input: CarryOutInput, { release, cancelled }: CarriedOut): Promise<void> {
  const { request, actor, going, quarantine, at } = input;
  const { service, environment, reason } = request;
  const from = going.from === undefined ? '' : ` from ${going.from}`;
  await appendLedger(tx, {
    kind: 'rollback.accepted',
    actor,
    service,
    environment,
    artifactId: going.to.artifactId,
    releaseId: release?.id,
    cause: `${actorName(actor)} rolls ${environment} back${from} to ${going.to.artifactId}${release === undefined ? ', which still is there' : ''}: ${reason}`,
    details: {
      to: going.to.artifactId,
      reason,
      ...(going.from === undefined ? {} : { from: going.from, quarantined: [...quarantine] }),
      ...(cancelled.length === 0 ? {} : { cancelled: cancelled.map(({ id }) => id) }),
    },
    at,
  });
}
