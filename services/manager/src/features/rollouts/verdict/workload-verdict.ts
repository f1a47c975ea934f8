import type { WorkloadProgress } from './cluster-verdict.ts';
import { whatIsMissing } from './failures/deadline.ts';
import { failureRules } from './failures/index.ts';
import { graces, secondsAfter } from './graces.ts';
import { progressOf } from './rollout/progress-of.ts';
import type { Progress } from './rollout/progress.ts';
import type { Signal } from './signal.ts';
import type { ExpectedObject, Memory, Subject } from './subject.ts';
import { contextOf, type WorkloadContext } from './workload.ts';

/** What one workload contributes to the verdict. */
export interface WorkloadFindings {
  readonly progress: WorkloadProgress;
  readonly signals: readonly Signal[];
  readonly isOurs: boolean;
  /** Its counters, to notice when they stop changing. */
  readonly mark: Memory['progress'][string];
  readonly label: string;
}

/** Judges one expected workload. `appliedAt`: since when Flux says that it applied; absent while it does not. */
export function findWorkload(
  expected: ExpectedObject,
  subject: Subject,
  appliedAt: Date | undefined,
): WorkloadFindings {
  const workload = contextOf(expected, subject);
  const counted = progressOf(workload);
  const seen = seeing(workload, counted, subject);
  const mark = markOf(workload, subject);
  const isThere = workload.expected.kind === 'Pod' ? workload.pods.length > 0 : isLive(workload);
  const signals = workload.isOurs
    ? [
        ...failureRules.flatMap((rule) => rule(workload)),
        ...(counted.isDone
          ? unseenPods(workload, seen, new Date(mark.at))
          : noProgress(workload, counted, new Date(mark.at))),
      ]
    : notOurs(workload, subject, appliedAt);
  const { kind, namespace, name } = expected;
  const gone = vanished(workload, subject, appliedAt);
  return {
    progress: {
      kind,
      namespace,
      name,
      state: gone ? 'done' : stateOf(workload, seen, isThere),
      done: workload.isOurs ? seen.done : 0,
      wanted: seen.wanted,
      says: gone ? 'was gone before anybody saw it end (its TTL may be short)' : says(workload, seen, isThere),
    },
    signals: gone ? [] : signals,
    isOurs: workload.isOurs,
    mark,
    label: workload.label,
  };
}

/** A deleted Job that was complete still tells how it ended. */
function isLive({ live }: WorkloadContext): boolean {
  return live !== undefined && (live.deleted !== true || live.object.kind === 'Job');
}

function stateOf({ isOurs }: WorkloadContext, { isDone }: Progress, isThere: boolean): WorkloadProgress['state'] {
  if (!isThere) return 'missing';
  if (!isOurs) return 'waiting';
  return isDone ? 'done' : 'rolling-out';
}

function says({ isOurs, foreign }: WorkloadContext, progress: Progress, isThere: boolean): string {
  if (!isThere) return 'is not there yet';
  if (isOurs) return progress.says;
  return foreign?.release === undefined ? 'carries no release id' : `still is of ${foreign.release}`;
}

/**
 * The counters may run ahead of the pods, which come over another watch: done is done when its pods were seen to be ready as
 * well. Where that never happens (a daemon that may not read pods), the counters have to do after a while.
 */
function seeing(workload: WorkloadContext, progress: Progress, { facts, memory, now }: Subject): Progress {
  const { live, pods } = workload;
  const isCounted = live !== undefined && ['Deployment', 'StatefulSet', 'DaemonSet'].includes(live.object.kind);
  if (!isCounted || !progress.isDone || live.strategy === 'OnDelete') return progress;
  if (facts.daemon?.unwatched.includes('Pod')) return progress;
  const ready = pods.filter((pod) => pod.ready).length;
  if (ready >= progress.wanted) return progress;
  const before = memory.progress[workload.label];
  const isOld =
    before !== undefined &&
    secondsAfter(new Date(before.at), graces.unseenPods) <= now &&
    pods.every((pod) => pod.ready);
  if (isOld) return progress;
  return { ...progress, isDone: false, done: ready, says: `${ready} of ${progress.wanted} pods were seen to be ready` };
}

function markOf({ live, isOurs, label }: WorkloadContext, { memory, now }: Subject): Memory['progress'][string] {
  const { updated, ready, available, current, desired, observedGeneration, updateRevision } = live ?? {};
  const mark = [isOurs, updated, ready, available, current, desired, observedGeneration, updateRevision].join('/');
  const before = memory.progress[label];
  return before?.mark === mark ? before : { mark, at: now.toISOString() };
}

/** Looks again when the counters alone will have to do. */
function unseenPods({ label }: WorkloadContext, seen: Progress, since: Date): readonly Signal[] {
  if (seen.isDone) return [];
  const why = { code: 'workload.unseen-pods', message: seen.says, object: label };
  return [{ key: `workload.unseen-pods ${label}`, until: secondsAfter(since, graces.unseenPods), why }];
}

/** Kinds that set themselves no deadline, and a Deployment whose controller does not keep its own. */
function noProgress(workload: WorkloadContext, progress: Progress, since: Date): readonly Signal[] {
  const { live, label, now } = workload;
  if (progress.isHalted === true) return [];
  const own = live?.progressDeadlineSeconds;
  const seconds = own === undefined ? graces.noProgress : own + graces.deadlineSlack;
  const until = secondsAfter(since, seconds);
  const { code, message, next } = whatIsMissing(workload);
  const why = { code, message: `nothing has changed for ${seconds} s: ${message}`, object: label, next };
  return [{ key: `workload.no-progress ${label}`, why, ...(until > now ? { until } : { grace: 0 }) }];
}

/** Flux says that it applied the commit, and the object is not there, or somebody else's. */
function notOurs(workload: WorkloadContext, { releaseId }: Subject, appliedAt: Date | undefined): readonly Signal[] {
  if (appliedAt === undefined) return [];
  const { label, foreign } = workload;
  const isThere = foreign !== undefined;
  return [
    {
      key: `workload.not-ours ${label}`,
      grace: graces.missing,
      why: isThere
        ? {
            code: 'workload.foreign',
            message: `Flux applied the commit, and ${label} still carries ${foreign.release ?? 'no release id'} of ${foreign.service === '' ? 'nobody' : foreign.service}, not ${releaseId}`,
            object: label,
            next: 'see its annotations kustomize.toolkit.fluxcd.io/reconcile and /ssa, and whether two Kustomizations bring it',
          }
        : {
            code: 'workload.missing',
            message: `Flux applied the commit, and ${label} is not in the cluster`,
            object: label,
            next: 'see whether somebody deletes it, and whether the daemon may read it',
          },
    },
  ];
}

/** A Job of which nothing is left, not even how it ended: its TTL took it while nobody looked. */
function vanished({ expected, live }: WorkloadContext, { now, facts }: Subject, appliedAt: Date | undefined): boolean {
  if (expected.kind !== 'Job' || live !== undefined || appliedAt === undefined) return false;
  return facts.daemon?.synced === true && secondsAfter(appliedAt, graces.missing) <= now;
}
