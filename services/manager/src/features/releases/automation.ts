import { policiesFor, type ConfigSnapshot } from '@release-manager/config-repo';
import {
  isNewer,
  newId,
  type Actor,
  type Decision,
  type ReleaseState,
  type RuleOpinion,
} from '@release-manager/domain';
import { autoReleaseTargets } from '@release-manager/policies';
import type { Database, Db } from '@release-manager/postgres';

import { buildOrder, type Artifact } from '../artifacts/index.ts';
import { alreadyThere } from './already-there.ts';
import { appendRequested } from './append-requested.ts';
import { automationHead, moveHead } from './automation-head.ts';
import { recordBlocked } from './blocked-automation.ts';
import { decideRelease } from './decide-release.ts';
import { stateAfter } from './draft-release.ts';
import type { RecoveryGuard } from './recovery-guard.ts';
import { ReleaseStore } from './release-store.ts';
import type { NewRelease, Release } from './release.ts';
import { awaitsProof, wasRefuted } from './source-opinion.ts';
import { stopsOn, type Stops } from './stops.ts';
import { supersedeOlder } from './supersede-older.ts';

/** A policy that sends an artifact into an environment by itself. */
interface AutoTarget {
  readonly environment: string;
  /** Its id: the actor of the release. */
  readonly policy: string;
}

export interface AutomationDeps {
  readonly database: Database;
  readonly now: () => Date;
  readonly recovery?: Pick<RecoveryGuard, 'automationHold'> | undefined;
  readonly stops?: Pick<Stops, 'on'> | undefined;
}

/**
 * Applies the auto-release policies of a branch to an artifact that became ready: one release per environment, recorded even
 * where it is denied or comes too late. Safe to run again: what was automated once is not automated twice.
 * @returns the ids of the releases that were recorded
 */
export async function automate(
  deps: AutomationDeps,
  artifact: Artifact,
  snapshot: ConfigSnapshot,
): Promise<readonly string[]> {
  const { policies, broken } = policiesFor(snapshot, artifact.service);
  const at = deps.now();
  const problem = broken[0];
  if (problem !== undefined) {
    await deps.database.transaction((tx) => recordBlocked(tx, artifact, problem, at));
    return [];
  }
  const releases: string[] = [];
  const targets = autoReleaseTargets(policies, { branch: artifact.branch, branchProven: artifact.proven });
  for (const { environment, policy } of targets.toSorted((a, b) => (a.environment < b.environment ? -1 : 1))) {
    const release = await deps.database.transaction(async (tx) => {
      // Before the lock of the target, as everybody who takes both does.
      const lost = await deps.recovery?.automationHold(tx);
      const target = { environment, policy: policy.id };
      const made = await automateOne(tx, { artifact, target, snapshot, lost, stops: deps.stops, at });
      await new ReleaseStore(tx).wakeWriter();
      return made;
    });
    if (release !== undefined) releases.push(release.id);
  }
  return releases;
}

interface AutomateInput {
  readonly artifact: Artifact;
  readonly target: AutoTarget;
  readonly snapshot: ConfigSnapshot;
  readonly lost: RuleOpinion | undefined;
  readonly stops: Pick<Stops, 'on'> | undefined;
  readonly at: Date;
}

async function automateOne(tx: Db, input: AutomateInput): Promise<Release | undefined> {
  const { artifact, target, at } = input;
  const { environment } = target;
  const store = new ReleaseStore(tx);
  await store.lockTarget(artifact.service, environment);
  if (await isDone(store, artifact, environment)) return undefined;

  const draft = (state: ReleaseState, more: Partial<NewRelease> = {}): NewRelease => ({
    ...baseDraft(artifact, target, at),
    state,
    ...more,
  });
  const head = await automationHead(tx, artifact, environment);
  // Nothing was recorded of it the first time, since it was there already.
  if (head?.id === artifact.id) return undefined;
  if (head !== undefined && !isNewer(buildOrder(artifact), buildOrder(head))) {
    const newerOne = (await store.automatedBefore(head.id, environment))?.id ?? head.id;
    const late = await store.insert(draft('superseded', { supersededBy: newerOne }));
    await appendRequested(tx, late);
    return late;
  }
  const decision = await decideAutomatic(tx, input);
  // A head is what was queued, or is there already: what was denied, or may yet be when GitHub answers, must not keep an
  // older, good build from going out.
  const takesItsPlace = maySupersede(decision, artifact);
  if (takesItsPlace) await moveHead(tx, artifact, environment, at);
  if (decision.verdict === 'allowed' && (await alreadyThere(tx, draft('queued'))) !== undefined) return undefined;
  const release = await store.insert(draft(stateAfter(decision), { decision }));
  await appendRequested(tx, release);
  if (takesItsPlace) await supersedeOlder(tx, release, at);
  return release;
}

function maySupersede(decision: Decision, artifact: Artifact): boolean {
  return decision.verdict !== 'denied' && !awaitsProof(decision, artifact);
}

/**
 * What was automated is not automated again, whatever became of it. But where it was denied as long as the artifact was rejected
 * for the environment, it is as good as a new one since it was verified again; so it is where GitHub had refuted it, and confirms
 * it now that it was pushed again.
 */
async function isDone(store: ReleaseStore, artifact: Artifact, environment: string): Promise<boolean> {
  const { id, environments, sourceProof } = artifact;
  const before = await store.automatedBefore(id, environment);
  if (before === undefined) return false;
  if (before.state === 'denied' && sourceProof?.state === 'proven' && wasRefuted(before.decision)) return false;
  const since = environments[environment]?.readySince;
  return since === undefined || before.state !== 'denied' || before.requestedAt >= new Date(since);
}

/** The target is locked: what is set against it comes before this, or after it and finds the release. */
async function decideAutomatic(tx: Db, input: AutomateInput): Promise<Decision> {
  const { artifact, target, snapshot, lost, stops, at } = input;
  const { service } = artifact;
  const { environment } = target;
  const against = await stopsOn(stops, tx, { service, environment, artifactId: artifact.id, automatic: true }, at);
  return decideRelease({
    snapshot,
    service,
    environment,
    artifact,
    intent: 'auto',
    automatic: true,
    stops: lost === undefined ? against : [lost, ...against],
    now: at,
  });
}

function baseDraft(artifact: Artifact, { environment, policy }: AutoTarget, at: Date): Omit<NewRelease, 'state'> {
  const { name, email } = artifact.spec.source.author;
  const actor: Actor = { kind: 'automation', policy, author: { name, email } };
  return {
    id: newId('rel', at),
    requestId: newId('req', at),
    service: artifact.service,
    environment,
    artifactId: artifact.id,
    branch: artifact.branch,
    intent: 'auto',
    automatic: true,
    actor,
    author: actor.author,
    requestedAt: at,
  };
}
