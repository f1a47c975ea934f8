import { containerConfig } from './container-config.ts';
import { crashLoop } from './crash-loop.ts';
import { creationRefused } from './creation-refused.ts';
import { deadline } from './deadline.ts';
import type { FailureRule } from './failure-rule.ts';
import { imagePull } from './image-pull.ts';
import { initCrash } from './init-crash.ts';
import { jobFailed } from './job-failed.ts';
import { outOfMemory } from './out-of-memory.ts';
import { rejectedPod } from './rejected-pod.ts';
import { stuckStart } from './stuck-start.ts';
import { unschedulable } from './unschedulable.ts';

/** Every kind of failure of workloads and pods, the most telling first: of several at once, the first is the reason given. */
export const failureRules: readonly FailureRule[] = [
  imagePull,
  containerConfig,
  outOfMemory,
  initCrash,
  crashLoop,
  jobFailed,
  creationRefused,
  unschedulable,
  stuckStart,
  rejectedPod,
  deadline,
];
