import { AppError } from '@release-manager/domain';
import type { GithubRepository } from '@release-manager/github';

import { ServiceRecords } from '../services/index.ts';
import { concernedServices, type Concerned } from './concerned-services.ts';
import { planOf, type MergePlan } from './plan-of.ts';
import type { PullRequestDeps } from './pull-request-deps.ts';
import { PullRequestStore, type StoredPullRequest } from './pull-request-store.ts';
import type { ChangedFiles } from './pull-request.ts';
import { rulesHash } from './rules-hash.ts';
import type { ReleaseYamls } from './source-services.ts';

export interface ReadPlanDeps extends PullRequestDeps {
  readonly releaseYamls: ReleaseYamls;
}

/** What the merge would release by what is known now, and which rules were asked. */
export interface ReadPlan {
  readonly plan: MergePlan;
  readonly rulesHash: string;
}

const nothing: MergePlan = { targets: [], untouched: [], remarks: [] };

/** @throws AppError unavailable, limited: GitHub did not answer */
export async function readPlan(deps: ReadPlanDeps, pull: StoredPullRequest, signal: AbortSignal): Promise<ReadPlan> {
  const { database, repo, stops, recovery, now } = deps;
  const snapshot = repo.snapshot();
  const services = await new ServiceRecords(database.db).comingFrom(pull.address);
  const hash = rulesHash(
    snapshot,
    services.map(({ name }) => name),
  );
  const repository = deps.github.repositoryAt(pull.address);
  if (services.length === 0 || repository === undefined) return { plan: nothing, rulesHash: hash };
  const base = await deps.github.contents.tipOf(repository, pull.baseBranch, signal);
  if (base === undefined) return { plan: nothing, rulesHash: hash };
  const concerned = await readConcerned(deps, { pull, repository, base }, signal);
  const at = now();
  const subjects = concerned.services.flatMap((service) =>
    snapshot.environments.map(({ name }) => ({ service, environment: name, automatic: true })),
  );
  const lost = await recovery.automationHold(database.db);
  const against = await stops.on(database.db, subjects, at);
  const plan = planOf({
    baseBranch: pull.baseBranch,
    concerned,
    snapshot,
    stops: (target) => [...(lost === undefined ? [] : [lost]), ...against({ ...target, automatic: true })],
    now: at,
  });
  return { plan, rulesHash: hash };
}

interface Asked {
  readonly pull: StoredPullRequest;
  readonly repository: GithubRepository;
  /** Tip of the base branch. */
  readonly base: string;
}

async function readConcerned(deps: ReadPlanDeps, asked: Asked, signal: AbortSignal): Promise<Concerned> {
  const services = await new ServiceRecords(deps.database.db).comingFrom(asked.pull.address);
  const sources = await deps.releaseYamls.of(asked.repository, asked.base, services, signal);
  return concernedServices(sources, await changedFiles(deps, asked, signal));
}

/** Asked once per head and base branch: GitHub compares with where they part, which a push to the base branch does not change. */
async function changedFiles(
  deps: ReadPlanDeps,
  { pull, repository }: Asked,
  signal: AbortSignal,
): Promise<ChangedFiles> {
  const known = pull.changedFiles;
  if (known?.head === pull.headSha && known.base === pull.baseBranch) return known;
  const { items, isComplete } = await listFiles(deps, { pull, repository }, signal);
  const paths = [
    ...new Set(items.flatMap(({ path, previousPath }) => (previousPath === undefined ? [path] : [path, previousPath]))),
  ];
  const files = { head: pull.headSha, base: pull.baseBranch, paths, isComplete };
  await new PullRequestStore(deps.database.db).setChangedFiles(pull, files);
  return files;
}

async function listFiles(
  { github }: ReadPlanDeps,
  { pull, repository }: Omit<Asked, 'base'>,
  signal: AbortSignal,
): ReturnType<PullRequestDeps['github']['pulls']['files']> {
  try {
    return await github.pulls.files(repository, pull.number, signal);
  } catch (error) {
    // A pull request that may not be seen any more says nothing of what it changes.
    if (error instanceof AppError && error.kind === 'not-found') return { items: [], isComplete: true };
    throw error;
  }
}
