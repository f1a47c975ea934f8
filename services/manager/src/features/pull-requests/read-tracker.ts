import type { RolloutView } from '@release-manager/contract';
import type { Db } from '@release-manager/postgres';

import type { Artifact } from '../artifacts/index.ts';
import { ReleaseStore, toReleaseView, type Release } from '../releases/index.ts';
import { readRollout } from '../rollouts/index.ts';
import { chooseRelease, hasArrived } from './choose-release.ts';
import { findBuilt } from './find-built.ts';
import type { PullRequestDeps } from './pull-request-deps.ts';
import type { StoredPullRequest } from './pull-request-store.ts';
import { whyRejected } from './read-manifest-change.ts';
import { TargetStore, type StoredTarget } from './target-store.ts';
import type { TrackedRelease, TrackedTarget, Trouble } from './tracked-target.ts';

/** Lines of a log that are shown. */
const mostLines = 40;

/**
 * How far the merge came in each environment that it goes to, and remembers which release brought it there, so that what happens
 * to that one later is heard.
 * @throws AppError unavailable, limited: GitHub did not answer
 */
export async function readTracker(
  deps: PullRequestDeps,
  pull: StoredPullRequest,
  targets: readonly StoredTarget[],
  signal: AbortSignal,
): Promise<readonly TrackedTarget[]> {
  const { db } = deps.database;
  const tracked: TrackedTarget[] = [];
  const built = new Map<string, readonly Artifact[]>();
  for (const target of targets) {
    const { service, environment } = target;
    const artifacts = built.get(service) ?? (await findBuilt(deps, pull, service, signal));
    built.set(service, artifacts);
    const releases = await new ReleaseStore(db).ofArtifacts(
      { service, environment },
      artifacts.map(({ id }) => id),
    );
    const release = chooseRelease(releases);
    await remember(db, pull, target, release);
    tracked.push({ service, environment, stage: await stageOf(db, { environment, artifacts, release }) });
  }
  return tracked;
}

async function remember(
  db: Db,
  pull: StoredPullRequest,
  target: StoredTarget,
  release: Release | undefined,
): Promise<void> {
  const settled = release !== undefined && hasArrived(release) && release.rolledBackBy === undefined;
  if (release?.id === target.releaseId && settled === target.settled) return;
  await new TargetStore(db).arrive(pull, { ...target, releaseId: release?.id, settled });
}

interface Found {
  readonly environment: string;
  readonly artifacts: readonly Artifact[];
  readonly release: Release | undefined;
}

async function stageOf(db: Db, { environment, artifacts, release }: Found): Promise<TrackedTarget['stage']> {
  if (release !== undefined) {
    const sha = artifacts.find(({ id }) => id === release.artifactId)?.sha ?? '';
    return { kind: 'release', sha, release: await trackedRelease(db, release) };
  }
  const ready = artifacts.find(
    ({ state, environments }) => state === 'ready' && environments[environment]?.state === 'ready',
  );
  if (ready !== undefined) return { kind: 'artifact', artifactId: ready.id, sha: ready.sha };
  const rejected = artifacts.findLast(({ state }) => state === 'rejected' || state === 'ready');
  if (rejected === undefined) return { kind: 'build' };
  const why = whyRejected(rejected, environment) ?? `it has no manifests for ${environment}`;
  return { kind: 'rejected', artifactId: rejected.id, why };
}

async function trackedRelease(db: Db, release: Release): Promise<TrackedRelease> {
  const { ended, says } = toReleaseView(release);
  const rollout = await readRollout(db, release.id);
  return {
    id: release.id,
    artifactId: release.artifactId ?? '',
    state: release.state,
    ended,
    says,
    since: sinceOf(release),
    progress: progressOf(rollout),
    rolledBackBy: release.rolledBackBy,
    trouble: troubleOf(rollout),
  };
}

/** A release that is over keeps being written to, as when a rollback takes its place: the clusters know since when it is healthy. */
function sinceOf({ state, updatedAt, committedAt }: Release): Date {
  return state === 'committed' ? (committedAt ?? updatedAt) : updatedAt;
}

function progressOf(rollout: RolloutView | undefined): TrackedRelease['progress'] {
  const workloads = (rollout?.clusters ?? []).flatMap((cluster) => cluster.workloads);
  if (workloads.length === 0) return undefined;
  return {
    done: workloads.reduce((sum, { done }) => sum + done, 0),
    wanted: workloads.reduce((sum, { wanted }) => sum + wanted, 0),
  };
}

function troubleOf(rollout: RolloutView | undefined): Trouble | undefined {
  const failed = rollout?.clusters.find(({ phase }) => phase === 'failed');
  if (failed === undefined) return undefined;
  const { cluster, since, says, why, log } = failed;
  const message = why === undefined ? says : why.object === undefined ? why.message : `${why.object}: ${why.message}`;
  return {
    cluster,
    since: new Date(since),
    message,
    next: why?.next,
    log: (log?.lines ?? []).slice(-mostLines),
    logOf: log === undefined ? undefined : `${log.container} of ${log.pod}`,
  };
}
