import { isDeepStrictEqual } from 'node:util';

import type { FakeApiServer } from '../fake-api-server.ts';
import type { KubeObject } from '../kube-object.ts';
import { controllerOf, namespaceOf } from './fields.ts';
import { playDeployment } from './play-deployment.ts';
import { playJob } from './play-job.ts';
import { containersOf, isBackingOff, isReady, playPod, type Scene } from './play-pod.ts';
import { playDaemonSet, playStatefulSet } from './play-slots.ts';
import type { Controller } from './turn.ts';

const controllers: Readonly<Record<string, Controller>> = {
  Deployment: playDeployment,
  StatefulSet: playStatefulSet,
  DaemonSet: playDaemonSet,
  Job: playJob,
};
const children = ['ReplicaSet', 'ControllerRevision', 'Pod'] as const;
/** Pods of one controller that become ready in one turn, so that a rollout can be watched. */
const readyAtOnce = 2;

/**
 * One turn of everything that moves in a cluster: the garbage collector, the kubelets, the controllers of workloads.
 * @returns false when nothing is left to do until somebody changes something.
 */
export function playTurn(api: FakeApiServer, scene: Scene): boolean {
  const version = api.store.version;
  collectGarbage(api);
  playPods(api, scene);
  for (const [kind, controller] of Object.entries(controllers)) {
    for (const workload of api.list(kind)) playWorkload(api, workload, controller, scene);
  }
  return api.store.version !== version;
}

/** What nobody owns any more goes, and what that owned. */
function collectGarbage(api: FakeApiServer): void {
  const owners = new Set([...Object.keys(controllers), 'ReplicaSet'].flatMap((kind) => api.list(kind).map(uidOf)));
  for (const kind of children) {
    for (const object of api.list(kind)) {
      const owner = controllerOf(object);
      if (owner === '' || owners.has(owner)) continue;
      api.remove(kind, namespaceOf(object), object.metadata.name);
      owners.delete(uidOf(object));
    }
  }
}

function playPods(api: FakeApiServer, scene: Scene): void {
  const readied = new Map<string, number>();
  for (const pod of api.list('Pod')) {
    const next = playPod(pod, scene);
    if (next === undefined) continue;
    const owner = controllerOf(pod);
    if (isReady(next)) {
      const count = (readied.get(owner) ?? 0) + 1;
      readied.set(owner, count);
      if (count > readyAtOnce) continue;
    }
    // The log is there before anybody hears of the crash.
    print(api, next, scene);
    if (isBackingOff(next)) backOff(api, next, scene);
    api.put(next);
  }
}

/** A container that died has a log of the run before, which says the same as the one that waits. */
function print(api: FakeApiServer, pod: KubeObject, { images }: Scene): void {
  for (const container of containersOf(pod)) {
    const current = images.prints(container);
    const log = images.crashes(container.image) && isBackingOff(pod) ? { current, previous: current } : { current };
    api.setLog(namespaceOf(pod), pod.metadata.name, container.name, log);
  }
}

function backOff(api: FakeApiServer, pod: KubeObject, { now }: Scene): void {
  const namespace = namespaceOf(pod);
  api.put({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${pod.metadata.name}.backoff`, namespace },
    type: 'Warning',
    reason: 'BackOff',
    message: 'Back-off restarting failed container',
    count: 1,
    lastTimestamp: now.toISOString(),
    involvedObject: { kind: 'Pod', namespace, name: pod.metadata.name, uid: uidOf(pod) },
  });
}

function playWorkload(api: FakeApiServer, workload: KubeObject, controller: Controller, scene: Scene): void {
  const revisions = [...api.list('ReplicaSet'), ...api.list('ControllerRevision')].filter(
    (each) => controllerOf(each) === uidOf(workload),
  );
  const owners = new Set([uidOf(workload), ...revisions.map(uidOf)]);
  const pods = api.list('Pod').filter((pod) => owners.has(controllerOf(pod)));
  const { put, remove } = controller({ workload, revisions, pods }, scene);
  for (const { kind, metadata } of remove) api.remove(kind, metadata.namespace ?? '', metadata.name);
  for (const object of put) {
    const live = api.get(object.kind, namespaceOf(object), object.metadata.name);
    if (live === undefined || !isSame(live, object)) api.put(object);
  }
}

function uidOf({ metadata }: KubeObject): string {
  return metadata.uid ?? '';
}

/** Whether nothing is different but the time at which it was said. */
function isSame(live: KubeObject, next: KubeObject): boolean {
  const timeless = ({ metadata, ...rest }: KubeObject): unknown =>
    JSON.parse(
      JSON.stringify({ ...rest, labels: metadata.labels, annotations: metadata.annotations }, (key, value: unknown) =>
        key === 'lastTransitionTime' ? undefined : value,
      ),
    );
  return isDeepStrictEqual(timeless(live), timeless(next));
}
