import type { BodyOf, ContainerFacts, Operations, PodFacts } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

/** What of a service in an environment is asked for. */
export type AskedLogs = BodyOf<Operations['requestLogs']>;

/** A pod as the daemon of its cluster told of it last. */
export interface KnownPod {
  readonly cluster: string;
  readonly facts: PodFacts;
}

/** One container whose log is fetched. */
export interface LogTarget {
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

export interface Picked {
  readonly targets: readonly LogTarget[];
  /** Containers that are not asked, since there are too many. */
  readonly leftOut: number;
}

/** Containers that one request asks at most: a page of logs, and no load on a cluster. */
export const mostContainers = 10;
const mostNames = 10;

/**
 * Whose logs are fetched: what is not well first, then what is newest.
 * @throws AppError not-found `logs.no-pod`, `logs.no-container`, `logs.no-previous`, naming what there is
 */
export function pickContainers(pods: readonly KnownPod[], asked: AskedLogs, place: string): Picked {
  const { pod, container, previous } = asked;
  const named = pods.filter(({ facts }) => pod === undefined || facts.object.name === pod);
  if (named.length === 0) throw noPod(pods, asked, place);
  const all = named.toSorted(byUrgency).flatMap((each) => each.facts.containers.map((one) => ({ ...each, one })));
  const wanted = all.filter(({ one }) => (container === undefined ? isUsual(one) : one.name === container));
  if (wanted.length === 0)
    throw noContainer(
      all.map(({ one }) => one.name),
      asked,
      place,
    );
  const ran = wanted.filter(({ one }) => !previous || one.restarts > 0);
  if (ran.length === 0) throw noPrevious(asked, place);
  const targets = ran.slice(0, mostContainers).map(({ cluster, facts, one }) => ({
    cluster,
    namespace: facts.object.namespace,
    pod: facts.object.name,
    container: one.name,
  }));
  return { targets, leftOut: ran.length - targets.length };
}

/** An init container that did its work has little to say. */
function isUsual({ role, terminated }: ContainerFacts): boolean {
  return role !== 'init' || terminated?.exitCode !== 0;
}

function byUrgency({ facts: a }: KnownPod, { facts: b }: KnownPod): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  const [newer, older] = [Date.parse(b.createdAt), Date.parse(a.createdAt)];
  return newer === older ? (a.object.name < b.object.name ? -1 : 1) : newer - older;
}

function rank({ ready, phase, terminating }: PodFacts): number {
  if (phase === 'Succeeded' || terminating !== undefined) return 2;
  return ready ? 1 : 0;
}

function noPod(pods: readonly KnownPod[], { pod }: AskedLogs, place: string): AppError {
  if (pod !== undefined && pods.length > 0) {
    return new AppError('not-found', 'logs.no-pod', `No daemon sees a pod ${pod} of ${place}.`, {
      next: `its pods are ${list(pods.map(({ facts }) => facts.object.name))}`,
    });
  }
  return new AppError('not-found', 'logs.no-pod', `No daemon sees a pod of ${place}.`, {
    next: 'see `release-cli status` for what is there, and `release-cli logs` without --fresh for what died',
  });
}

function noContainer(names: readonly string[], { container }: AskedLogs, place: string): AppError {
  const which = container === undefined ? 'container that runs' : `container ${container}`;
  return new AppError('not-found', 'logs.no-container', `No pod of ${place} has a ${which}.`, {
    next: names.length === 0 ? 'wait until the pod was seen to start' : `name one with --container: ${list(names)}`,
  });
}

function noPrevious({ pod }: AskedLogs, place: string): AppError {
  const whose = pod === undefined ? place : `${pod} of ${place}`;
  return new AppError('not-found', 'logs.no-previous', `No container of ${whose} was restarted.`, {
    next: 'leave --previous out: there is only the run that is there now',
  });
}

function list(names: readonly string[]): string {
  const known = [...new Set(names)].toSorted();
  const more = known.length - mostNames;
  return [...known.slice(0, mostNames), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
