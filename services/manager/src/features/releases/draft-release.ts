import type { ConfigSnapshot } from '@release-manager/config-repo';
import {
  compact,
  newId,
  type Actor,
  type Decision,
  type GitIdentity,
  type ReleaseIntent,
  type ReleaseState,
  type RuleOpinion,
} from '@release-manager/domain';
import type { Db } from '@release-manager/postgres';

import type { Artifact } from '../artifacts/index.ts';
import type { Service } from '../services/index.ts';
import { authorOf } from './commit-identity.ts';
import { decideRelease } from './decide-release.ts';
import { findArtifact, findService } from './find-subjects.ts';
import type { NewRelease } from './release.ts';
import type { SuspendedChild } from './suspended-children.ts';

/** What goes where: the artifact of a branch, a named one, or nothing at all (undeploy). */
export type ReleaseTarget = { readonly branch: string } | { readonly artifact: string } | { readonly undeploy: true };

/** What a request is about, found and fit to be released. */
export interface Candidate {
  readonly service: Service;
  readonly artifact: Artifact | undefined;
  readonly branch: string | undefined;
  readonly intent: ReleaseIntent;
}

/** @throws AppError not-found, conflict, saying what there is instead */
export async function findCandidate(
  db: Db,
  request: { readonly service: string; readonly what: ReleaseTarget },
): Promise<Candidate> {
  const service = await findService(db, request.service);
  if ('undeploy' in request.what) return { service, artifact: undefined, branch: undefined, intent: 'undeploy' };
  const artifact = await findArtifact(db, request.service, request.what);
  return { service, artifact, branch: artifact.branch, intent: 'branch' in request.what ? 'branch' : 'artifact' };
}

export interface DraftInput {
  readonly actor: Actor;
  readonly candidate: Candidate;
  readonly environment: string;
  readonly requestId: string;
  readonly request: { readonly reason?: string | undefined };
  readonly at: Date;
  readonly snapshot: ConfigSnapshot;
  readonly stops: readonly RuleOpinion[];
  readonly suspended?: readonly SuspendedChild[];
  /** The manager's own identity in commits. */
  readonly identity: GitIdentity;
}

/** The record of a release by hand, decided on the config repo as it was last seen. Pure but for its new id. */
export function draftRelease(input: DraftInput): NewRelease {
  const { actor, candidate, environment, request, at, snapshot } = input;
  // Before `release-cli init` there is nothing to decide by: the release waits in the queue and is decided by the writer.
  const decision = snapshot.initialised
    ? decideRelease({
        snapshot,
        service: candidate.service.name,
        environment,
        artifact: candidate.artifact,
        intent: candidate.intent,
        automatic: false,
        stops: input.stops,
        suspended: input.suspended,
        now: at,
      })
    : undefined;
  return compact({
    id: newId('rel', at),
    requestId: input.requestId,
    service: candidate.service.name,
    environment,
    intent: candidate.intent,
    automatic: false,
    state: stateAfter(decision),
    actor,
    author: authorOf(actor, input.identity),
    requestedAt: at,
    artifactId: candidate.artifact?.id,
    branch: candidate.branch,
    decision,
    reason: request.reason,
  });
}

/** The state in which a release begins. */
export function stateAfter(decision: Decision | undefined): ReleaseState {
  switch (decision?.verdict) {
    case undefined:
    case 'allowed':
      return 'queued';
    case 'denied':
      return 'denied';
    case 'waiting':
      return 'waiting';
  }
}
