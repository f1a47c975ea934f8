import { graces } from '../graces.ts';
import { containerKey, containersOf, whyOf, type FailureRule } from './failure-rule.ts';

/** Events of the kubelet and the attach-detach controller for a pod that cannot get ready to start its containers. */
const reasons = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'FailedCreatePodSandBox',
  'NetworkNotReady',
]);
const starting = new Set(['ContainerCreating', 'PodInitializing']);

/** A volume, ConfigMap, Secret or network that the pod needs is not there. Creating alone is no trouble, however long. */
export const stuckStart: FailureRule = (workload) =>
  containersOf(workload)
    .filter(({ container }) => starting.has(container.waiting?.reason ?? ''))
    .flatMap((at) => {
      const event = workload.warnings.find(
        ({ about, reason }) => about.uid === at.pod.object.uid && reasons.has(reason),
      );
      if (event === undefined) return [];
      return [
        {
          key: containerKey('pod.stuck-start', at),
          grace: graces.mount,
          why: whyOf(workload, at, {
            code: 'pod.stuck-start',
            message: `the pod cannot start (${event.reason}): ${event.message}`,
            next: 'add the volume, ConfigMap or Secret that it names',
          }),
        },
      ];
    });
