import type { PodFacts } from '@release-manager/contract';

/** A container that died with an error. */
export interface Crash {
  readonly container: string;
  /** Which run of the container it was: 0 is the first. */
  readonly run: number;
  /** What tells this death from every other one of the container. */
  readonly death: string;
  readonly finishedAt: string | undefined;
  /** Where its log is: the container that was there before the one that is there now, or that one itself. */
  readonly stream: 'previous' | 'current';
}

/**
 * The latest death of each container of a pod. A pod that is being deleted is left alone: its containers are killed. A
 * container that waits in its back-off still counts the run that died; one that runs again counts itself.
 */
export function crashesOf(pod: PodFacts): Crash[] {
  if (pod.terminating !== undefined || pod.deleted === true) return [];
  return pod.containers.flatMap(({ name, restarts, running, terminated, last }) => {
    const ended = terminated ?? last;
    if (ended === undefined || ended.exitCode === 0) return [];
    const run = running === undefined ? restarts : Math.max(0, restarts - 1);
    return [
      {
        container: name,
        run,
        death: ended.finishedAt ?? `run ${run}`,
        finishedAt: ended.finishedAt,
        stream: terminated === undefined ? ('previous' as const) : ('current' as const),
      },
    ];
  });
}
