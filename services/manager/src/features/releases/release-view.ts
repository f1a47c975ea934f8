import type { ReleaseView } from '@release-manager/contract';
import { summarize, type ReleaseState } from '@release-manager/domain';

import { toActorView } from '../ledger/index.ts';
import type { Release } from './release.ts';

/** A release as the API shows it, with its state in words. */
export function toReleaseView(release: Release): ReleaseView {
  const { id, requestId, service, environment, intent, automatic, state, failure, decision } = release;
  return {
    id,
    requestId,
    service,
    environment,
    intent,
    automatic,
    state,
    ended: hasEnded(release),
    says: says(release),
    actor: toActorView(release.actor),
    requestedAt: release.requestedAt.toISOString(),
    updatedAt: release.updatedAt.toISOString(),
    artifact: release.artifactId,
    branch: release.branch,
    reason: release.reason,
    decision: decision === undefined ? undefined : { ...decision, opinions: [...decision.opinions] },
    failure,
    supersededBy: release.supersededBy,
    replaced: release.replacedArtifactId,
    retryOf: release.retryOf,
    rolledBackBy: release.rolledBackBy,
    commit: release.commitSha,
    queuedAt: release.queuedAt?.toISOString(),
    committedAt: release.committedAt?.toISOString(),
  };
}

/** `committed` is the end where nobody reports from the cluster; a state that is reported there is not reached without. */
function hasEnded({ state, watched }: Release): boolean {
  if (state === 'committed') return watched !== true;
  return !['requested', 'waiting', 'queued', 'applied', 'rolling-out'].includes(state);
}

function says(release: Release): string {
  const { decision, failure } = release;
  const decided = decision === undefined ? undefined : summarize(decision);
  const words: Readonly<Record<ReleaseState, string>> = {
    requested: 'is being decided',
    denied: failure?.message ?? decided ?? 'denied',
    waiting: decided ?? 'waits',
    queued: release.waitsFor ?? 'waits for its turn to be committed',
    committed: committedWords(release),
    superseded: `superseded by ${release.supersededBy ?? 'a newer release'}`,
    cancelled: failure?.message ?? 'cancelled before it was committed',
    applied: inCluster(release, 'applied by Flux'),
    'rolling-out': inCluster(release, 'rolling out'),
    healthy: inCluster(release, 'healthy'),
    failed: failure?.message ?? 'failed in the cluster',
  };
  return `${words[release.state]}${rolledBack(release)}`;
}

/** In the words of the clusters, where they said any. */
function inCluster({ waitsFor }: Release, otherwise: string): string {
  return waitsFor ?? otherwise;
}

function committedWords({ commitSha, environment, watched, waitsFor }: Release): string {
  const where = `in the config repo as ${commitSha?.slice(0, 10) ?? 'a commit'}`;
  if (watched === true) return `${where}; ${waitsFor ?? 'waits for Flux'}`;
  return `${where}; no daemon reports for ${environment}, so this is where it ends`;
}

/** Said of what had come to its end there; what was replaced before says by what. */
function rolledBack({ rolledBackBy, state }: Release): string {
  if (rolledBackBy === undefined || !['committed', 'healthy', 'failed'].includes(state)) return '';
  return `; rolled back by ${rolledBackBy}`;
}
