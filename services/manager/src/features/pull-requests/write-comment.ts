import type { Artifact } from '../artifacts/index.ts';
import { CommandStore } from './command-store.ts';
import type { ManifestChange } from './manifest-change.ts';
import type { MergePlan, PlannedTarget } from './plan-of.ts';
import { PullRequestStore, type StoredPullRequest } from './pull-request-store.ts';
import { isFork } from './pull-request.ts';
import { headArtifact, readManifestChange } from './read-manifest-change.ts';
import { readPlan, type ReadPlanDeps } from './read-plan.ts';
import { readTracker } from './read-tracker.ts';
import { renderPlan } from './render-plan.ts';
import { renderTracker } from './render-tracker.ts';
import { TargetStore } from './target-store.ts';

/** Targets whose manifests are compared: beyond them nobody reads, and each may be megabytes. */
const mostCompared = 30;

/**
 * The text that the comment of a pull request has to have now, or nothing when none has to be there. Remembers what the merge
 * goes to, by which later changes find their way back here.
 * @throws AppError unavailable, limited: GitHub or the store did not answer
 */
export async function writeComment(
  deps: ReadPlanDeps,
  pull: StoredPullRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  switch (pull.state) {
    case 'open':
      return beforeMerge(deps, pull, signal);
    case 'merged':
      return afterMerge(deps, pull, signal);
    case 'closed':
      return undefined;
  }
}

async function beforeMerge(
  deps: ReadPlanDeps,
  pull: StoredPullRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const plan = await planAndRemember(deps, pull, signal);
  const changes = await readChanges(deps, pull, plan);
  return renderPlan({
    plan,
    headSha: pull.headSha,
    baseBranch: pull.baseBranch,
    change: (target) => changes.get(target) ?? { kind: 'pending' },
    commands: await new CommandStore(deps.database.db).last(pull),
    links: { manager: deps.publicUrl, configFile: deps.configFile },
  });
}

async function planAndRemember(deps: ReadPlanDeps, pull: StoredPullRequest, signal: AbortSignal): Promise<MergePlan> {
  const { plan, rulesHash } = await readPlan(deps, pull, signal);
  await deps.database.transaction(async (tx) => {
    await new TargetStore(tx).replace(
      pull,
      plan.targets.map(({ service, environment, policy }) => ({ service, environment, policy: policy.id })),
    );
    await new PullRequestStore(tx).setRulesHash(pull, rulesHash);
  });
  return plan;
}

async function readChanges(
  { database, loader, repo }: ReadPlanDeps,
  pull: StoredPullRequest,
  { targets }: MergePlan,
): Promise<ReadonlyMap<PlannedTarget, ManifestChange>> {
  if (isFork(pull)) return new Map(targets.map((target) => [target, { kind: 'fork' }]));
  const changes = new Map<PlannedTarget, ManifestChange>();
  const built = new Map<string, Artifact | undefined>();
  for (const target of targets.slice(0, mostCompared)) {
    const { service, environment } = target;
    if (!built.has(service)) built.set(service, await headArtifact(database.db, service, pull));
    changes.set(target, await readManifestChange({ loader, tree: repo.tree() }, built.get(service), environment));
  }
  return changes;
}

/** What was planned last is what it goes to; of a merge that was never seen open it is planned now. */
async function afterMerge(
  deps: ReadPlanDeps,
  pull: StoredPullRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const store = new TargetStore(deps.database.db);
  const known = await store.of(pull);
  if (known.length === 0) await planAndRemember(deps, pull, signal);
  const targets = known.length === 0 ? await store.of(pull) : known;
  return renderTracker({
    targets: await readTracker(deps, pull, targets, signal),
    environments: deps.repo.snapshot().environments.map(({ name }) => name),
    mergeSha: pull.mergeSha,
    mergedAt: pull.mergedAt,
    commands: await new CommandStore(deps.database.db).last(pull),
    links: { manager: deps.publicUrl, release: (id) => `${deps.publicUrl}/v1/releases/${id}` },
  });
}
