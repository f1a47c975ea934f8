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
function hasEnded({ state }: Release): boolean {
  return state !== 'requested' && state !== 'waiting' && state !== 'queued';
}

function says(release: Release): string {
  const { decision, failure, environment } = release;
  const decided = decision === undefined ? undefined : summarize(decision);
  const words: Readonly<Record<ReleaseState, string>> = {
    requested: 'is being decided',
    denied: failure?.message ?? decided ?? 'denied',
    waiting: decided ?? 'waits',
    queued: release.waitsFor ?? 'waits for its turn to be committed',
    committed: `in the config repo as ${release.commitSha?.slice(0, 10) ?? 'a commit'}; no daemon reports for ${environment}, so this is where it ends`,
    superseded: `superseded by ${release.supersededBy ?? 'a newer release'}`,
    cancelled: failure?.message ?? 'cancelled before it was committed',
    applied: 'applied by Flux',
    'rolling-out': 'rolling out',
    healthy: 'healthy',
    failed: failure?.message ?? 'failed in the cluster',
  };
  return `${words[release.state]}${rolledBack(release)}`;
}

/** Said of what had come to its end there; what was replaced before says by what. */
function rolledBack({ rolledBackBy, state }: Release): string {
  if (rolledBackBy === undefined || !['committed', 'healthy', 'failed'].includes(state)) return '';
  return `; rolled back by ${rolledBackBy}`;
}
