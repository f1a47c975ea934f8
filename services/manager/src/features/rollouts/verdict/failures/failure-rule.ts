import type { ContainerFacts, PodFacts } from '@release-manager/contract';

import type { Why } from '../cluster-verdict.ts';
import type { Signal } from '../signal.ts';
import type { WorkloadContext } from '../workload.ts';

/** Recognises one kind of failure in what is known of a workload of the release. Pure. */
export type FailureRule = (workload: WorkloadContext) => readonly Signal[];

export interface PodContainer {
  readonly pod: PodFacts;
  readonly container: ContainerFacts;
}

/**
 * Every container of the pods of this release that may still run. A pod that has ended does not begin again, and where
 * something owns it another takes its place: how its containers died (evicted, preempted, the node was shut down) is no crash.
 */
export function containersOf({ expected, pods }: WorkloadContext): readonly PodContainer[] {
  const isOver = (phase: string): boolean => phase === 'Succeeded' || (phase === 'Failed' && expected.kind !== 'Pod');
  return pods
    .filter(({ phase }) => !isOver(phase))
    .flatMap((pod) => pod.containers.map((container) => ({ pod, container })));
}

/** The key of a trouble of one container: how it shows may change from look to look. */
export function containerKey(code: string, { pod, container }: PodContainer): string {
  return `${code} ${pod.object.uid} ${container.name}`;
}

export function whyOf(
  workload: Pick<WorkloadContext, 'label'>,
  { pod, container }: PodContainer,
  words: Pick<Why, 'code' | 'message' | 'next'>,
): Why {
  return { ...words, object: workload.label, pod: pod.object.name, container: container.name };
}

/** What the cluster says, as the end of a sentence. */
export function quoted(text: string | undefined): string {
  return text === undefined || text.trim() === '' ? '' : `: ${text.trim()}`;
}
