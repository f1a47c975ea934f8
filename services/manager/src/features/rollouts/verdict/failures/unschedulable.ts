import { graces } from '../graces.ts';
import type { FailureRule } from './failure-rule.ts';
import { quoted } from './failure-rule.ts';

/** Events of the cluster autoscaler and of Karpenter that announce a node. */
const announcing = new Set(['TriggeredScaleUp', 'Nominated']);

/**
 * No node takes the pod: condition `PodScheduled=False`, reason `Unschedulable` (kube-scheduler). Where an autoscaler has
 * announced a node, or a volume is being provisioned, it gets longer. `SchedulingGated` waits for whoever set the gate.
 */
export const unschedulable: FailureRule = (workload) =>
  workload.pods.flatMap((pod) => {
    const { status, reason, message = '' } = pod.scheduled ?? {};
    if (status !== 'False' || reason !== 'Unschedulable') return [];
    const about = workload.warnings.filter((warning) => warning.about.uid === pod.object.uid);
    const isVolume = /unbound immediate PersistentVolumeClaims|persistentvolumeclaim .* not found/i.test(message);
    const isAnnounced = about.some((event) => announcing.has(event.reason));
    const code = isVolume ? 'pod.volume-pending' : 'pod.unschedulable';
    const grace = isAnnounced ? graces.scaleUp : isVolume ? graces.volume : graces.unschedulable;
    return [
      {
        key: `pod.unschedulable ${pod.object.uid}`,
        grace,
        why: {
          code,
          message: `no node takes the pod${quoted(message)}${isAnnounced ? ' (an autoscaler announced a node)' : ''}`,
          object: workload.label,
          pod: pod.object.name,
          next: isVolume
            ? 'see why the PersistentVolumeClaim is not bound (storage class, quota, zone)'
            : 'lower what it requests, or give the cluster more nodes; see taints and affinity',
        },
      },
    ];
  });
