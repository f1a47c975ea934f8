import type { Actor, Decision, GitIdentity, ReleaseIntent, ReleaseState } from '@release-manager/domain';

import type { Release, ReleaseFailure } from './release.ts';

/** A row of `releases`, as Postgres gives it. */
export interface ReleaseRow {
  id: string;
  seq: number;
  request_id: string;
  service: string;
  environment: string;
  artifact_id: string | null;
  intent: string;
  automatic: boolean;
  branch: string | null;
  state: string;
  actor: Actor;
  author: GitIdentity;
  reason: string | null;
  decision: Decision | null;
  waits_for: string | null;
  failure: ReleaseFailure | null;
  superseded_by: string | null;
  replaced_artifact_id: string | null;
  retry_of: string | null;
  rolled_back_by: string | null;
  queue_seq: number | null;
  commit_sha: string | null;
  tree_oid: string | null;
  leaves_namespace: string | null;
  request_hash: string | null;
  requested_at: Date;
  queued_at: Date | null;
  committed_at: Date | null;
  updated_at: Date;
  watched: boolean;
}

export function toRelease(row: ReleaseRow): Release {
  return {
    id: row.id,
    seq: row.seq,
    requestId: row.request_id,
    service: row.service,
    environment: row.environment,
    intent: row.intent as ReleaseIntent,
    automatic: row.automatic,
    state: row.state as ReleaseState,
    actor: row.actor,
    author: row.author,
    requestedAt: row.requested_at,
    updatedAt: row.updated_at,
    ...(row.watched ? { watched: true } : {}),
    ...present({
      artifactId: row.artifact_id,
      branch: row.branch,
      reason: row.reason,
      decision: row.decision,
      waitsFor: row.waits_for,
      failure: row.failure,
      supersededBy: row.superseded_by,
      replacedArtifactId: row.replaced_artifact_id,
      retryOf: row.retry_of,
      rolledBackBy: row.rolled_back_by,
      queueSeq: row.queue_seq,
      commitSha: row.commit_sha,
      treeOid: row.tree_oid,
      leavesNamespace: row.leaves_namespace,
      requestHash: row.request_hash,
      queuedAt: row.queued_at,
      committedAt: row.committed_at,
    }),
  };
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Without the columns that are null: absence is `undefined` on our side of SQL. */
function present<T extends object>(columns: T): Present<T> {
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== null)) as Present<T>;
}
