import { findEnvironment, type ConfigSnapshot, type Environment } from '@release-manager/config-repo';
import { messageOf } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';
import type { Logger } from '@release-manager/runtime';

import { ArtifactRecords } from '../../artifacts/index.ts';
import type { Release } from '../../releases/index.ts';
import type { CommittedStates } from '../drift/committed-states.ts';
import { lookForDrift } from '../drift/look-for-drift.ts';
import type { Look } from '../looks/look-store.ts';
import type { ClusterVerdict } from '../verdict/cluster-verdict.ts';
import { appliedRevision, attemptedRevision, commitOf } from '../verdict/flux/revision.ts';
import { secondsAfter } from '../verdict/graces.ts';
import { judgeCluster } from '../verdict/judge-cluster.ts';
import { judgeUndeploy } from '../verdict/judge-undeploy.ts';
import { earliest } from '../verdict/signal.ts';
import { noMemory, type ClusterFacts, type ExpectedObject, type Subject } from '../verdict/subject.ts';
import type { Ancestry } from './ancestry.ts';
import { readClusters, readDaemons } from './cluster-reader.ts';
import { currentOf } from './current-release.ts';
import { nextStates } from './next-states.ts';
import { endLook, recordJudgement, type Hops } from './record-judgement.ts';
import { RolloutStore, type Rollout } from './rollout-store.ts';

export interface JudgeDeps {
  readonly database: Database;
  readonly ancestry: Ancestry;
  readonly committed: CommittedStates;
  /** The files that rule, as they were seen last. */
  readonly snapshot: () => ConfigSnapshot;
  readonly hops: Hops;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** After a config repo that did not answer. */
const retrySeconds = 15;

/**
 * Judges what should be in one environment of one service: reads what is known, decides without I/O, and writes what follows
 * in one transaction. Whoever dies in between has changed nothing; the look is taken again when its claim ends.
 */
export async function judgeTarget(deps: JudgeDeps, look: Look): Promise<void> {
  const { database, now } = deps;
  const environment = findEnvironment(deps.snapshot(), look.environment);
  const daemons = await readDaemons(database.db, look.environment);
  const releases = await currentOf(database.db, look);
  const isWatched = environment?.clusters.some((cluster) => daemons.has(cluster)) === true;
  if (environment === undefined || !isWatched || releases.current === undefined) return endLook(database, look);
  const { current } = releases;
  const facts = await readClusters(database.db, look, { environment, daemons });
  const before = await new RolloutStore(database.db).of([current.id]);
  let verdicts: ReadonlyMap<string, ClusterVerdict>;
  try {
    verdicts = await judgeClusters(deps, { release: current, environment, facts, before });
  } catch (error) {
    deps.logger.warn('what the clusters made of a release cannot be told', {
      releaseId: current.id,
      error: messageOf(error),
    });
    return endLook(database, look, secondsAfter(now(), retrySeconds));
  }
  const outcome = nextStates(current.state, verdicts);
  const state = outcome.steps.at(-1) ?? current.state;
  const drift = await lookForDrift(deps, { target: look, release: current, state, facts, verdicts });
  const next = earliest([...[...verdicts.values()].map(({ nextLookAt }) => nextLookAt), drift.nextLookAt]);
  const changes = { verdicts, outcome, drifts: drift.changes };
  await recordJudgement(deps, { look, ...releases, current, before, next, ...changes });
}

interface ClusterInput {
  readonly release: Release;
  readonly environment: Environment;
  readonly facts: ReadonlyMap<string, ClusterFacts>;
  readonly before: readonly Rollout[];
}

async function judgeClusters(deps: JudgeDeps, input: ClusterInput): Promise<ReadonlyMap<string, ClusterVerdict>> {
  const { release, environment, facts, before } = input;
  const { commitSha: commit = '', committedAt = release.updatedAt } = release;
  const expected = await expectedBy(deps, release);
  const contains = await containing(deps.ancestry, commit, [...facts.values()]);
  const now = deps.now();
  return new Map(
    [...facts].map(([cluster, its]): [string, ClusterVerdict] => {
      const memory = before.find((each) => each.cluster === cluster)?.verdict.memory ?? noMemory;
      const { id: releaseId, service } = release;
      const place = { environment: environment.name, cluster };
      const subject: Subject = {
        releaseId,
        service,
        ...place,
        expected,
        commit,
        committedAt,
        contains,
        facts: its,
        memory,
        now,
      };
      return [cluster, release.artifactId === undefined ? judgeUndeploy(subject) : judgeCluster(subject)];
    }),
  );
}

/** What verification found in the artifact for this environment; what a rebuilt manager no longer knows is nothing. */
async function expectedBy({ database }: JudgeDeps, release: Release): Promise<readonly ExpectedObject[]> {
  if (release.artifactId === undefined) return [];
  const artifact = await new ArtifactRecords(database.db).find(release.artifactId);
  return artifact?.environments[release.environment]?.objects ?? [];
}

/** Every question about ancestry that the verdict may ask, answered beforehand. */
async function containing(
  ancestry: Ancestry,
  commit: string,
  facts: readonly ClusterFacts[],
): Promise<Subject['contains']> {
  const revisions = facts.flatMap(({ flux: { kustomization, root, sources } }) => [
    ...(kustomization === undefined ? [] : [appliedRevision(kustomization), attemptedRevision(kustomization, sources)]),
    ...(root === undefined ? [] : [appliedRevision(root)]),
  ]);
  const commits = new Set(revisions.map(commitOf).filter((each) => each !== undefined));
  const answers = new Map<string, boolean>();
  for (const of of commits) answers.set(of, await ancestry.contains(of, commit));
  return (revision) => answers.get(commitOf(revision) ?? '') ?? false;
}
