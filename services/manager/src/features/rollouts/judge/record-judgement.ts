import { AppError, compact, actorName, type ReleaseState } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import { appendLedger } from '../../ledger/index.ts';
import { ReleaseStore, type Release } from '../../releases/index.ts';
import { DriftStore } from '../drift/drift-store.ts';
import type { DriftChange } from '../drift/plan-drift.ts';
import { findIncidents } from '../incidents/find-incidents.ts';
import { IncidentStore } from '../incidents/incident-store.ts';
import { LookStore, type Look } from '../looks/look-store.ts';
import type { ClusterVerdict } from '../verdict/cluster-verdict.ts';
import type { TargetReleases } from './current-release.ts';
import type { NextStates } from './next-states.ts';
import { RolloutStore, type Rollout, type Watch } from './rollout-store.ts';

/** How long a release took from one state to the next, in seconds. */
export interface Hops {
  applied(seconds: number): void;
  healthy(seconds: number): void;
}

export interface Judgement extends TargetReleases {
  readonly look: Look;
  readonly current: Release;
  readonly verdicts: ReadonlyMap<string, ClusterVerdict>;
  /** What follows from them for the release. */
  readonly outcome: NextStates;
  readonly drifts: readonly DriftChange[];
  /** What was known of its clusters. */
  readonly before: readonly Rollout[];
  /** When to look again, if nothing happens. */
  readonly next: Date | undefined;
}

export interface RecordDeps {
  readonly database: Database;
  readonly hops: Hops;
  readonly now: () => Date;
}

const manager = { kind: 'manager' } as const;

/** Nothing came of a look. */
export async function endLook(database: Database, look: Look, next?: Date): Promise<void> {
  await new LookStore(database.db).finish(look, next);
}

/**
 * Writes what follows from the verdicts, and ends the look, in one transaction. Nothing is written by who lost the claim, and
 * a state that somebody else has changed meanwhile stays: the next look begins with it.
 * @throws AppError conflict `rollout.claim-lost`, `rollout.moved`; nothing was written then
 */
export async function recordJudgement({ database, hops, now }: RecordDeps, judgement: Judgement): Promise<void> {
  const { look, current, verdicts, outcome, overtaken, next } = judgement;
  const at = now();
  const reached = await database.transaction(async (tx): Promise<readonly ReleaseState[]> => {
    const releases = new ReleaseStore(tx);
    if (current.watched !== true) await releases.markWatched([current.id]);
    for (const release of overtaken) await endOvertaken(tx, release, current, at);
    await new RolloutStore(tx).endOthers(look.service, look.environment, current.id);
    await recordIncidents(tx, judgement, at);
    for (const change of judgement.drifts) await new DriftStore(tx).apply(current, change, at);
    const steps = await takeSteps(tx, current, outcome, at);
    if (steps === undefined) throw movedMeanwhile(current);
    await new RolloutStore(tx).put(changedRollouts(judgement, steps.at(-1) ?? current.state, at));
    // Last: whoever commits a release holds rows of releases when it comes for the look, and so do we.
    if (!(await new LookStore(tx).finish(look, next))) throw lostClaim(look);
    return steps;
  });
  tellHops(hops, { release: current, reached, verdicts, at });
}

/** Only what goes wrong after it was healthy is an incident; before that it is the release's own affair. */
async function recordIncidents(tx: Db, { current, verdicts }: Judgement, at: Date): Promise<void> {
  const store = new IncidentStore(tx);
  await store.closeOthers(current, at);
  if (current.state !== 'healthy') return;
  for (const change of findIncidents(verdicts, await store.open(current.id))) await store.apply(current, change, at);
}

/** @returns the states that it went through; nothing when somebody else moved it meanwhile. */
async function takeSteps(
  tx: Db,
  current: Release,
  outcome: NextStates,
  at: Date,
): Promise<readonly ReleaseState[] | undefined> {
  const store = new ReleaseStore(tx);
  let release = current;
  for (const to of outcome.steps) {
    const failure = to === 'failed' && outcome.failure !== undefined ? failureOf(outcome.failure) : undefined;
    const change = compact({ to, at, waitsFor: outcome.says, failure });
    if (!(await store.transition(release, change))) return undefined;
    await appendLedger(tx, entryOf(release, to, outcome, at));
    release = { ...release, state: to };
  }
  const isUnderWay = release.state !== 'failed' || outcome.failure !== undefined;
  if (outcome.steps.length === 0 && isUnderWay && outcome.says !== release.waitsFor && release.state !== 'healthy')
    await store.explainState(release, outcome.says, at);
  return outcome.steps;
}

function failureOf({ code, object, message, next }: NonNullable<NextStates['failure']>) {
  return compact({ code, message: object === undefined ? message : `${object}: ${message}`, next });
}

function entryOf(release: Release, to: ReleaseState, { says, failure }: NextStates, at: Date) {
  const { service, environment, id: releaseId, artifactId, state: from, commitSha } = release;
  const isRecovery = from === 'failed' && to === 'healthy';
  const what = artifactId ?? 'the undeploy';
  const causes: Readonly<Partial<Record<ReleaseState, string>>> = {
    applied: `Flux applied ${what} (${commitSha?.slice(0, 10) ?? 'a commit'})`,
    'rolling-out': `${what} rolls out: ${says}`,
    healthy: isRecovery ? `${what} has recovered: ${says}` : `${what} is ${says}`,
    failed: `${what} failed: ${says}`,
  };
  return {
    kind: isRecovery ? 'release.recovered' : `release.${to}`,
    actor: manager,
    service,
    environment,
    artifactId,
    releaseId,
    from,
    to,
    cause: causes[to] ?? says,
    details: to === 'failed' && failure !== undefined ? { failure } : {},
    at,
  };
}

/** Its watching ends: what is there is another one's. */
async function endOvertaken(tx: Db, release: Release, by: Release, at: Date): Promise<void> {
  const change = { to: 'superseded', at, supersededBy: by.id } as const;
  if (!(await new ReleaseStore(tx).transition(release, change))) return;
  const { service, environment, id: releaseId, artifactId, state: from } = release;
  await appendLedger(tx, {
    kind: 'release.superseded',
    actor: manager,
    service,
    environment,
    artifactId,
    releaseId,
    from,
    to: 'superseded',
    cause: `${by.artifactId ?? 'an undeploy'} was committed after it, asked for by ${actorName(by.actor)}, before anybody saw how it ended`,
    details: { by: by.id, askedBy: actorName(release.actor) },
    at,
  });
}

/** Rows of which something is other than before; most looks change none. */
function changedRollouts({ current, verdicts, before }: Judgement, state: ReleaseState, at: Date): readonly Rollout[] {
  const watch: Watch = state === 'healthy' ? 'current' : 'open';
  return [...verdicts].flatMap(([cluster, verdict]): Rollout[] => {
    const known = before.find((each) => each.cluster === cluster);
    const { phase, isApplied, says, why, workloads, memory } = verdict;
    const kept = compact({ isApplied, says, why, workloads, memory });
    const isSame = known?.phase === phase && known.watch === watch && sameJson(known.verdict, kept);
    if (isSame) return [];
    const since = known?.phase === phase ? known.since : at;
    const { id: releaseId, service, environment } = current;
    return [{ releaseId, cluster, service, environment, watch, phase, verdict: kept, since, judgedAt: at }];
  });
}

/** Postgres keeps the keys of an object in an order of its own. */
function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
}

interface HopInput {
  readonly release: Release;
  readonly reached: readonly ReleaseState[];
  readonly verdicts: ReadonlyMap<string, ClusterVerdict>;
  readonly at: Date;
}

function tellHops(hops: Hops, { release, reached, verdicts, at }: HopInput): void {
  const seconds = (since: number): number => Math.max(0, (at.getTime() - since) / 1000);
  if (reached.includes('applied') && release.committedAt !== undefined)
    hops.applied(seconds(release.committedAt.getTime()));
  if (!reached.includes('healthy')) return;
  const applied = [...verdicts.values()].flatMap(({ memory }) => memory.appliedAt ?? []);
  if (applied.length > 0) hops.healthy(seconds(Math.max(...applied.map((each) => new Date(each).getTime()))));
}

function lostClaim({ service, environment }: Look): AppError {
  return new AppError('conflict', 'rollout.claim-lost', `Somebody else judges ${service} in ${environment} by now.`);
}

function movedMeanwhile(release: Release): AppError {
  return new AppError('conflict', 'rollout.moved', `${release.id} was moved by somebody else while it was judged.`);
}
