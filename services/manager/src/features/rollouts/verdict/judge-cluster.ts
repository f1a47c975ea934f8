import type { ClusterVerdict, Phase, Why, WorkloadProgress } from './cluster-verdict.ts';
import { fluxFailures, staleAt } from './flux/flux-failures.ts';
import { cannotSee, daemonTrouble, waitForFlux } from './flux/flux-waits.ts';
import { appliedRevision } from './flux/revision.ts';
import { graces, secondsAfter } from './graces.ts';
import { otherSignals } from './other-kinds.ts';
import { earliest, weigh, type Signal } from './signal.ts';
import type { Memory, Subject } from './subject.ts';
import { findWorkload, type WorkloadFindings } from './workload-verdict.ts';
import { isWorkload } from './workload.ts';

/**
 * What one cluster did with a release so far. Pure: the same facts, memory and time give the same verdict. Flux first, then
 * every workload that verification found in the artifact, then the other kinds; a failure of any is one of the release as soon
 * as its grace is over, whether or not Flux has already said that it applied.
 */
export function judgeCluster(subject: Subject): ClusterVerdict {
  const isBlind = cannotSee(subject);
  const isFluxApplied = hasApplied(subject);
  const known = subject.memory.appliedAt === undefined ? undefined : new Date(subject.memory.appliedAt);
  const appliedAt = isFluxApplied ? (known ?? subject.now) : undefined;
  const workloads = subject.expected.filter(isWorkload).map((each) => findWorkload(each, subject, appliedAt));
  const signals = [
    ...(isFluxApplied ? [] : fluxFailures(subject)),
    ...workloads.flatMap((each) => each.signals),
    ...(appliedAt === undefined ? [] : otherSignals(subject, appliedAt)),
  ];
  const weighed = weigh(signals, subject.memory.signals, { now: subject.now, isBlind });
  const isApplied = isFluxApplied || (isFluxUnreadable(subject) && workloads.every(({ isOurs }) => isOurs));
  const memory: Memory = {
    signals: weighed.memory,
    progress: Object.fromEntries(workloads.map(({ label, mark }) => [label, mark])),
    ...(appliedAt === undefined ? {} : { appliedAt: appliedAt.toISOString() }),
  };
  const [failure] = weighed.failures;
  const phase = phaseOf({ isApplied, isBlind, workloads, failure, open: weighed.open });
  const shown = workloads.map(({ progress, label }) => withFailures(progress, label, weighed.failures));
  const told = tell(subject, { phase, failure, open: weighed.open, workloads: shown });
  return {
    phase,
    isApplied,
    workloads: shown,
    memory,
    isBlind,
    troubles: [
      ...weighed.failures.map(({ key, why }) => ({ key, why, isFailure: true })),
      ...weighed.open.map(({ key, why }) => ({ key, why, isFailure: false })),
    ],
    ...told,
    ...nextLook(subject, phase, weighed.nextLookAt),
  };
}

/** Ancestor, not equality: Flux skips commits. */
function hasApplied({ facts: { flux }, contains }: Subject): boolean {
  const { kustomization } = flux;
  return kustomization !== undefined && kustomization.deleted !== true && contains(appliedRevision(kustomization));
}

/** Where the daemon may not read Kustomizations, the stamp on the workloads is what proves that the commit was applied. */
function isFluxUnreadable({ facts: { daemon }, expected }: Subject): boolean {
  return daemon?.unwatched.includes('Kustomization') === true && expected.some(isWorkload);
}

interface PhaseInput {
  readonly isApplied: boolean;
  readonly isBlind: boolean;
  readonly workloads: readonly WorkloadFindings[];
  readonly failure: Signal | undefined;
  readonly open: readonly Signal[];
}

function phaseOf({ isApplied, isBlind, workloads, failure, open }: PhaseInput): Phase {
  if (failure !== undefined) return 'failed';
  if (!isApplied) return 'waiting-for-flux';
  // Never a success while something of the release is in trouble, whatever the counters say.
  if (!isBlind && open.length === 0 && workloads.every(({ progress }) => progress.state === 'done')) return 'healthy';
  return workloads.length === 0 || workloads.some(({ isOurs }) => isOurs) ? 'rolling-out' : 'applied';
}

function withFailures(progress: WorkloadProgress, label: string, failures: readonly Signal[]): WorkloadProgress {
  const failure = failures.find(({ why }) => why.object === label);
  return failure === undefined ? progress : { ...progress, state: 'failed', says: failure.why.message };
}

interface Told {
  readonly phase: Phase;
  readonly failure: Signal | undefined;
  readonly open: readonly Signal[];
  readonly workloads: readonly WorkloadProgress[];
}

function tell(
  subject: Subject,
  { phase, failure, open, workloads }: Told,
): { readonly says: string; readonly why?: Why } {
  switch (phase) {
    case 'failed': {
      const why = failure?.why ?? { code: 'unknown', message: 'failed' };
      return { says: sentence(why), why };
    }
    case 'waiting-for-flux': {
      const why = open.find(({ key }) => key.startsWith('flux.'))?.why ?? waitForFlux(subject);
      return { says: `waits for Flux: ${why.message}`, why };
    }
    case 'healthy': {
      const done = workloads.reduce((sum, each) => sum + each.done, 0);
      return { says: workloads.length === 0 ? 'applied; it has no workloads' : `healthy, ${pods(done)} available` };
    }
    case 'applied':
    case 'rolling-out':
      return tellProgress(subject, open, workloads);
  }
}

function tellProgress(
  subject: Subject,
  open: readonly Signal[],
  workloads: readonly WorkloadProgress[],
): { readonly says: string; readonly why?: Why } {
  const isTrouble = ({ key }: Signal): boolean => !/^workload\.(no-progress|unseen-pods|not-ours) /.test(key);
  const why = daemonTrouble(subject) ?? open.find(isTrouble)?.why;
  if (why !== undefined) return { says: sentence(why), why };
  const unfinished = workloads.filter(({ state }) => state !== 'done');
  const words = unfinished.slice(0, 3).map((each) => `${each.kind} ${each.name} ${each.says}`);
  return { says: words.length === 0 ? 'rolling out' : words.join('; ') };
}

function sentence({ object, message }: Why): string {
  return object === undefined ? message : `${object}: ${message}`;
}

function pods(count: number): string {
  return count === 1 ? '1 pod' : `${count} pods`;
}

/** Time alone changes something when a grace ends, when Flux becomes stale, and when the daemon falls silent. */
function nextLook(subject: Subject, phase: Phase, ofSignals: Date | undefined): { readonly nextLookAt?: Date } {
  const { daemon } = subject.facts;
  const later = (time: Date | undefined): Date | undefined =>
    time !== undefined && time > subject.now ? time : undefined;
  const isOver = phase === 'healthy' || phase === 'failed';
  const next = earliest([
    later(ofSignals),
    ...(phase === 'waiting-for-flux' ? [later(staleAt(subject))] : []),
    ...(isOver || daemon === undefined ? [] : [later(secondsAfter(daemon.heardAt, graces.daemonSilent))]),
  ]);
  return next === undefined ? {} : { nextLookAt: next };
}
