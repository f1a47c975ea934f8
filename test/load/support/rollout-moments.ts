import { at, isTrue, type KubeObject } from '@release-manager/testing/control-plane';

/** When something was shown for the first time, by the clock of this process. */
export interface Moments {
  /** The last of the new pods is ready. */
  podsReady?: number;
  /** The Deployment says that its rollout is over: the old pods are gone as well. */
  complete?: number;
  /** A container of a new pod was started again for the second time: from here on it counts as a crash loop. */
  crashed?: number;
}

export interface Shows {
  /** Told of each pod and Deployment of services at the moment at which the API server shows it. */
  onShown(listener: (object: KubeObject) => void): void;
}

/** Notes the moments of the rollout of a Deployment with one container of this image, from now on. */
export function watchRollout(shows: Shows, image: string, replicas: number): Moments {
  const moments: Moments = {};
  const ready = new Set<string>();
  shows.onShown((object) => {
    const now = performance.now();
    if (object.kind === 'Deployment') {
      const isOurs = at(object, 'spec', 'template', 'spec', 'containers', 0, 'image') === image;
      if (isOurs && isComplete(object, replicas)) moments.complete ??= now;
      return;
    }
    if (at(object, 'spec', 'containers', 0, 'image') !== image) return;
    if (isTrue(object, 'Ready')) ready.add(object.metadata.name);
    if (ready.size === replicas) moments.podsReady ??= now;
    if (Number(at(object, 'status', 'containerStatuses', 0, 'restartCount') ?? 0) >= 2) moments.crashed ??= now;
  });
  return moments;
}

/** As `kubectl rollout status` says it. */
function isComplete({ metadata, status }: KubeObject, replicas: number): boolean {
  const counts = ['updatedReplicas', 'replicas', 'availableReplicas'].map((name) => at(status, name) ?? 0);
  return at(status, 'observedGeneration') === metadata.generation && counts.every((count) => count === replicas);
}
