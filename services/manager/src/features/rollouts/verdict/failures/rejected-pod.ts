import { graces } from '../graces.ts';
import { progressOf } from '../rollout/progress-of.ts';
import { quoted, type FailureRule } from './failure-rule.ts';

/** `pod.status.reason` of pods that a node or the kubelet threw out or would not take (pkg/kubelet/eviction, lifecycle). */
const reasons = new Set([
  'Evicted',
  'NodeLost',
  'NodeShutdown',
  'Terminated',
  'Preempting',
  'UnexpectedAdmissionError',
  'OutOfcpu',
  'OutOfmemory',
  'OutOfpods',
  'NodeAffinity',
]);

/** Pods were thrown out and no replacement came up. Their remains stay for long: where all is up, they mean nothing. */
export const rejectedPod: FailureRule = (workload) => {
  if (progressOf(workload).isDone) return [];
  return workload.pods
    .filter(({ phase, reason }) => phase === 'Failed' && reasons.has(reason ?? ''))
    .slice(0, 1)
    .map((pod) => ({
      key: `pod.rejected ${workload.label}`,
      grace: graces.rejectedPod,
      why: {
        code: 'pod.rejected',
        message: `a node threw the pod out (${pod.reason ?? ''})${quoted(pod.message)}`,
        object: workload.label,
        pod: pod.object.name,
        next: 'see the pressure on the nodes, and whether requests match what it uses',
      },
    }));
};
