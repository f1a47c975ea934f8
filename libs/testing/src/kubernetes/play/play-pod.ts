import type { KubeObject } from '../kube-object.ts';
import { listAt, numberAt, textAt } from './fields.ts';

export interface PlayedContainer {
  readonly name: string;
  readonly image: string;
}

/** What containers do, by their image. */
export interface PlayedImages {
  /** It dies as soon as it runs. */
  crashes(image: string): boolean;
  /** What it prints while it runs, or before it dies. */
  prints(container: PlayedContainer): string;
}

/** What is played, and when. */
export interface Scene {
  readonly images: PlayedImages;
  readonly now: Date;
}

/** How often a container has died when the kubelet is seen to back off; a real one needs half a minute for that. */
const deaths = 2;

/** A pod as it is right after its controller made it and the scheduler placed it. */
export function newPodStatus({ now }: Scene): object {
  return {
    phase: 'Pending',
    startTime: now.toISOString(),
    conditions: [condition('PodScheduled', true, now), condition('Ready', false, now)],
    containerStatuses: [],
  };
}

export function isReady(pod: KubeObject): boolean {
  return listAt(pod, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );
}

/** What the kubelet does next with a pod; nothing when it leaves it as it is. */
export function playPod(pod: KubeObject, scene: Scene): KubeObject | undefined {
  const { images, now } = scene;
  const isJob = textAt(pod, 'spec', 'restartPolicy') === 'Never';
  switch (textAt(pod, 'status', 'phase')) {
    case 'Pending':
      return withStatus(pod, { phase: 'Running', ready: false, now }, () => ({ state: running(now), started: true }));
    case 'Running':
      if (containersOf(pod).some(({ image }) => images.crashes(image))) return dieAgain(pod, scene);
      if (isJob) return withStatus(pod, { phase: 'Succeeded', ready: false, now }, () => ({ state: ended(0, now) }));
      if (isReady(pod)) return undefined;
      return withStatus(pod, { phase: 'Running', ready: true, now }, () => ({
        state: running(now),
        started: true,
        ready: true,
      }));
    default:
      return undefined;
  }
}

/** True for a pod that is given back after it died. */
export function isBackingOff(pod: KubeObject): boolean {
  return restartsOf(pod) > 0;
}

export function containersOf(pod: KubeObject): PlayedContainer[] {
  return listAt(pod, 'spec', 'containers').map((container) => ({
    name: textAt(container, 'name'),
    image: textAt(container, 'image'),
  }));
}

function dieAgain(pod: KubeObject, { images, now }: Scene): KubeObject | undefined {
  const restarts = restartsOf(pod) + 1;
  if (restarts > deaths) return undefined;
  return withStatus(pod, { phase: 'Running', ready: false, now }, (image) =>
    images.crashes(image)
      ? {
          restartCount: restarts,
          started: false,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 20s restarting failed container' } },
          lastState: ended(1, now),
        }
      : { state: running(now), started: true, ready: true },
  );
}

interface PodState {
  readonly phase: string;
  readonly ready: boolean;
  readonly now: Date;
}

function withStatus(pod: KubeObject, { phase, ready, now }: PodState, of: (image: string) => object): KubeObject {
  const containers = containersOf(pod).map((container) => ({
    ...container,
    ready: false,
    restartCount: 0,
    ...of(container.image),
  }));
  const init = listAt(pod, 'spec', 'initContainers').map((container) => ({
    name: textAt(container, 'name'),
    image: textAt(container, 'image'),
    ready: true,
    restartCount: 0,
    state: ended(0, now),
  }));
  const conditions = [condition('PodScheduled', true, now), condition('Ready', ready, now)];
  return {
    ...pod,
    status: { phase, conditions, containerStatuses: containers, initContainerStatuses: init },
  };
}

function restartsOf(pod: KubeObject): number {
  const counts = listAt(pod, 'status', 'containerStatuses').map((status) => numberAt(status, 'restartCount') ?? 0);
  return Math.max(0, ...counts);
}

function running(now: Date): object {
  return { running: { startedAt: now.toISOString() } };
}

function ended(exitCode: number, now: Date): object {
  const at = now.toISOString();
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  return { terminated: { exitCode, reason, startedAt: at, finishedAt: at } };
}

function condition(type: string, isTrue: boolean, now: Date): object {
  return { type, status: isTrue ? 'True' : 'False', lastTransitionTime: now.toISOString() };
}
