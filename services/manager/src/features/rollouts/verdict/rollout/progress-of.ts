import type { WorkloadFacts } from '@release-manager/contract';

import type { WorkloadContext } from '../workload.ts';
import { daemonSetProgress } from './daemon-set.ts';
import { deploymentProgress } from './deployment.ts';
import { jobProgress } from './job.ts';
import { podProgress } from './pod.ts';
import { upTo, type Progress } from './progress.ts';
import { statefulSetProgress } from './stateful-set.ts';

const notThere: Progress = { isDone: false, done: 0, wanted: 1, says: 'is not there' };

/** How far a workload of the release is, by the rules of its kind. */
export function progressOf({ expected, live, pods }: WorkloadContext): Progress {
  if (expected.kind === 'Pod') {
    const [pod] = pods;
    return pod === undefined ? notThere : podProgress(pod);
  }
  return live === undefined ? notThere : (rules[expected.kind] ?? replicaSetProgress)(live);
}

const rules: Readonly<Record<string, (live: WorkloadFacts) => Progress>> = {
  Deployment: deploymentProgress,
  StatefulSet: statefulSetProgress,
  DaemonSet: daemonSetProgress,
  Job: jobProgress,
  CronJob: cronJobProgress,
};

/** It has no rollout: the next Job it makes is of this release. */
function cronJobProgress({ paused }: WorkloadFacts): Progress {
  return { isDone: true, done: 0, wanted: 0, says: paused === true ? 'is suspended' : 'is scheduled' };
}

/** One that no Deployment owns. */
function replicaSetProgress({ desired = 1, available = 0, generation, observedGeneration }: WorkloadFacts): Progress {
  const isDone = generation <= observedGeneration && available >= desired;
  return { isDone, done: Math.min(available, desired), wanted: desired, says: upTo(available, desired) };
}
