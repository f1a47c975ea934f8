import type { ContainerFacts, PodFacts, WarningFacts } from '@release-manager/contract';

import { container, deployment, pod } from '../facts.testing.ts';
import { release } from './subject.testing.ts';
import type { ClusterFacts } from './subject.ts';

/** A Deployment of one pod that is not up, with what its pod says. */
export function broken(itsPod: Partial<PodFacts>, warnings: readonly WarningFacts[] = []): Partial<ClusterFacts> {
  const counters = { desired: 1, current: 1, updated: 1, ready: 0, available: 0 };
  return {
    workloads: [deployment('web', { release, ...counters })],
    pods: [pod('web', 0, { phase: 'Pending', ready: false, ...itsPod })],
    warnings,
  };
}

/** As the kubelet leaves a container of a pod that it threw out. */
export const killed = container({ ready: false, running: undefined, terminated: { exitCode: 137, reason: 'Error' } });

/** The same with one container. */
export const inPod = (itsContainer: ContainerFacts, warnings: readonly WarningFacts[] = []): Partial<ClusterFacts> =>
  broken({ containers: [itsContainer] }, warnings);
