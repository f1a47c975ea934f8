import type { ContainerFacts } from '@release-manager/contract';

import type { Why } from '../cluster-verdict.ts';
import { graces, secondsAfter } from '../graces.ts';
import type { Signal } from '../signal.ts';
import type { WorkloadContext } from '../workload.ts';
import { containerKey, quoted, whyOf, type PodContainer } from './failure-rule.ts';

/** How a container died: what the rules of crash loops, memory and init containers have in common. */
export interface Death {
  readonly exitCode: number;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly finishedAt?: string | undefined;
}

/** The end of its last run: of the one that is over now, else of the one before. */
export function deathOf({ terminated, last }: ContainerFacts): Death | undefined {
  return [terminated, last].find((end) => end !== undefined && end.exitCode !== 0);
}

/**
 * The signal of a container that keeps dying. The kubelet backs off from the first restart on (10 s, doubling up to 5 min), so
 * the second crash is proof and the first has a grace. Between two crashes the container runs, and may even be ready for a
 * moment: it counts as up only when it has stayed up for a while.
 */
export function crashSignal(
  workload: WorkloadContext,
  at: PodContainer,
  words: Pick<Why, 'code' | 'message' | 'next'>,
): readonly Signal[] {
  const { container, pod } = at;
  const death = deathOf(container);
  const isBackingOff = container.waiting?.reason === 'CrashLoopBackOff';
  if (death === undefined && !isBackingOff) return [];
  const why: Why = {
    ...whyOf(workload, at, words),
    // The log is that of the run that died: the one before the current one, or the current one where it has just ended.
    log: { podUid: pod.object.uid, container: container.name, restarts: container.restarts },
  };
  const key = containerKey('pod.crash', at);
  if (isBackingOff || container.terminated !== undefined)
    return [{ key, grace: container.restarts >= 2 ? 0 : graces.firstCrash, why }];
  if (container.ready) return steadying(workload.now, { key, why, finishedAt: death?.finishedAt });
  // It runs and may yet become ready: no failure now, but the clock of the first crash runs on.
  return container.restarts > 0 ? [{ key, why }] : [];
}

/** It is up again, and may be about to die once more. */
function steadying(
  now: Date,
  { key, why, finishedAt }: { readonly key: string; readonly why: Why; readonly finishedAt: string | undefined },
): readonly Signal[] {
  const until = secondsAfter(finishedAt === undefined ? now : new Date(finishedAt), graces.steadyAfterCrash);
  return finishedAt !== undefined && until > now ? [{ key: `${key} up`, until, why }] : [];
}

/** `exited with 1 (Error): …` */
export function deathWords(death: Death | undefined): string {
  if (death === undefined) return 'dies again and again';
  const reason = death.reason === undefined || death.reason === 'Error' ? '' : ` (${death.reason})`;
  return `exited with ${death.exitCode}${reason}${quoted(death.message)}`;
}
