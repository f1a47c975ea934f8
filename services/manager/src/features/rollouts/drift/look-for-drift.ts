import type { ReleaseState } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import { FolderStore, type OwnedFolder } from '../../config-repo/index.ts';
import type { Release } from '../../releases/index.ts';
import type { Target } from '../judge/cluster-reader.ts';
import { LookStore } from '../looks/look-store.ts';
import type { ClusterVerdict } from '../verdict/cluster-verdict.ts';
import { appliedRevision, commitOf } from '../verdict/flux/revision.ts';
import type { ClusterFacts } from '../verdict/subject.ts';
import type { CommittedStates } from './committed-states.ts';
import { findDifferences, type Difference } from './difference.ts';
import { DriftStore } from './drift-store.ts';
import { planDrift, type ClusterSight, type DriftPlan } from './plan-drift.ts';

export interface DriftDeps {
  readonly database: Database;
  readonly committed: CommittedStates;
  readonly now: () => Date;
}

export interface DriftInput {
  readonly target: Target;
  readonly release: Release;
  /** The state that the release is in after this look. */
  readonly state: ReleaseState;
  readonly facts: ReadonlyMap<string, ClusterFacts>;
  readonly verdicts: ReadonlyMap<string, ClusterVerdict>;
}

/** While a release is on its way, differences are what it is about. */
const settled: readonly ReleaseState[] = ['healthy', 'failed'];

/** Compares what clusters have with what is committed, once a release has come to its end. Reads only. */
export async function lookForDrift(deps: DriftDeps, input: DriftInput): Promise<DriftPlan> {
  const { database, committed, now } = deps;
  const { target, facts } = input;
  const known = await new DriftStore(database.db).of(target);
  const [folder, another] = await new FolderStore(database.db).find(target.service, target.environment);
  // In the middle of a move there are two.
  const isSettled = settled.includes(input.state) && another === undefined;
  const state = stateOf(committed, folder, isSettled ? () => lookAgain(deps, target) : undefined);
  const sights = new Map<string, ClusterSight>();
  for (const cluster of facts.keys()) {
    const isKnown = isSettled && typeof state === 'object';
    const unknown = { kind: 'unknown', again: isSettled && state === 'unread' } as const;
    sights.set(cluster, isKnown ? await sightOf(deps, { ...input, folder, wanted: state, cluster }) : unknown);
  }
  return planDrift(known, sights, now());
}

/** Where there is no folder nothing is wanted. */
function stateOf(committed: CommittedStates, folder: OwnedFolder | undefined, onRead: (() => void) | undefined) {
  return folder === undefined ? [] : committed.of(folder, onRead);
}

/** The look that cannot tell yet has asked for another one in a minute; this only makes it sooner. */
function lookAgain({ database, now }: DriftDeps, target: Target): void {
  new LookStore(database.db).mark([target], now()).catch(() => undefined);
}

interface ClusterInput extends DriftInput {
  readonly folder: OwnedFolder | undefined;
  readonly wanted: Parameters<typeof findDifferences>[0]['wanted'];
  readonly cluster: string;
}

async function sightOf(deps: DriftDeps, input: ClusterInput): Promise<ClusterSight> {
  const { target, folder, wanted, cluster, facts, verdicts } = input;
  const live = facts.get(cluster)?.workloads ?? [];
  const differences: readonly Difference[] =
    folder === undefined ? [] : findDifferences({ service: target.service, namespace: folder.namespace, wanted, live });
  if (verdicts.get(cluster)?.isBlind !== false) return { kind: 'unknown', again: differences.length > 0 };
  if (folder === undefined || differences.length === 0) return { kind: 'clear', differences };
  return { kind: (await hasApplied(deps, input, folder)) ? 'clear' : 'behind', differences };
}

/** Flux has applied the folder as it is now, and is to keep it so. */
async function hasApplied(
  { committed }: DriftDeps,
  { release, cluster, facts, verdicts }: ClusterInput,
  folder: OwnedFolder,
): Promise<boolean> {
  const kustomization = facts.get(cluster)?.flux.kustomization;
  if (kustomization === undefined || kustomization.deleted === true || kustomization.suspended) return false;
  const commit = commitOf(appliedRevision(kustomization));
  if (commit === undefined || verdicts.get(cluster)?.isApplied !== true) return false;
  const isAsReleased = commit === release.commitSha && folder.treeOid === release.treeOid;
  return isAsReleased || committed.isSameAt(commit, folder);
}
