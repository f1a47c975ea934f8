import { graces } from '../graces.ts';
import { containerKey, containersOf, quoted, whyOf, type FailureRule } from './failure-rule.ts';

/**
 * Reasons of the kubelet for a container that cannot be created (pkg/kubelet/kuberuntime/kuberuntime_container.go,
 * container/sync_result.go): a ConfigMap, Secret or key that is missing, a command that does not exist, a hook that fails.
 */
const reasons = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'StartError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
]);

/** The container cannot be created from what its pod says. */
export const containerConfig: FailureRule = (workload) =>
  containersOf(workload).flatMap((at) => {
    const { reason = '', message = '' } = at.container.waiting ?? {};
    if (!reasons.has(reason)) return [];
    // The kubelet has not yet read a ConfigMap or Secret that is there.
    const isCache = message.includes('failed to sync') && message.includes('cache');
    return [
      {
        key: containerKey('pod.container-config', at),
        grace: isCache ? graces.kubeletCache : graces.containerConfig,
        why: whyOf(workload, at, {
          code: 'pod.container-config',
          message: `the container cannot be created (${reason})${quoted(message)}`,
          next: /not found|couldn't find key/.test(message)
            ? 'add what is missing (ConfigMap, Secret or key); the pod starts by itself then'
            : 'correct the container in the manifests and release again',
        }),
      },
    ];
  });
