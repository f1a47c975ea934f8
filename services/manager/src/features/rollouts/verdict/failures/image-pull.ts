import { graces } from '../graces.ts';
import { containerKey, containersOf, quoted, whyOf, type FailureRule } from './failure-rule.ts';

/** Reasons of the kubelet (pkg/kubelet/images/types.go) that may pass, since it tries again. */
const passing = new Set(['ErrImagePull', 'ImagePullBackOff', 'ImageInspectError', 'RegistryUnavailable']);
/** And those that a retry does not change. */
const lasting = new Set(['InvalidImageName', 'ErrImageNeverPull', 'SignatureValidationFailed']);

/** The image cannot be had: wrong name or tag, no credentials, registry away. `ErrImagePull` and `ImagePullBackOff` take turns. */
export const imagePull: FailureRule = (workload) =>
  containersOf(workload).flatMap((at) => {
    const { reason = '', message } = at.container.waiting ?? {};
    if (!passing.has(reason) && !lasting.has(reason)) return [];
    return [
      {
        key: containerKey('pod.image-pull', at),
        grace: lasting.has(reason) ? 0 : graces.imagePull,
        why: whyOf(workload, at, {
          code: 'pod.image-pull',
          message: `the image ${at.container.image} cannot be pulled (${reason})${quoted(message)}`,
          next: 'see that the image was pushed under this name, and that the cluster may pull it (imagePullSecrets)',
        }),
      },
    ];
  });
