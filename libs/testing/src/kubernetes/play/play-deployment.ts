import type { KubeObject } from '../kube-object.ts';
import { at, controllerOf, hashOf, namespaceOf, numberAt, ownerReference, textAt, textsAt } from './fields.ts';
import { isReady, type Scene } from './play-pod.ts';
import { nodeFor, podOf } from './pod-of.ts';
import type { Controller, Family } from './turn.ts';

const revisionKey = 'deployment.kubernetes.io/revision';

/**
 * A Deployment: a ReplicaSet per template, the newest of which gets its pods before the older ones lose theirs
 * (`maxUnavailable: 0`), so that pods that do not come up leave those alone that serve.
 */
export const playDeployment: Controller = (family, scene) => {
  const hash = hashOf(at(family.workload, 'spec', 'template'));
  const newest = newestSet(family, hash);
  if (newest === undefined) return { put: [replicaSetOf(family, hash)], remove: [] };
  const wanted = numberAt(family.workload, 'spec', 'replicas') ?? 1;
  const own = family.pods.filter((pod) => controllerOf(pod) === newest.metadata.uid);
  const old = family.pods.filter((pod) => !own.includes(pod));
  const missing = Math.max(0, Math.min(wanted - own.length, wanted + surgeOf(wanted) - family.pods.length));
  const made = Array.from({ length: missing }, (_, index) => newPod(family, newest, { index, own }, scene));
  const ready = own.filter(isReady).length;
  const spare = Math.max(0, old.filter(isReady).length + ready - wanted);
  // What never came up goes first.
  const leaving = [...old.filter((pod) => !isReady(pod)), ...old.filter(isReady).slice(0, spare)];
  const surplus = own.slice(wanted);
  const counted = {
    wanted,
    own: own.length,
    ready,
    all: family.pods.length,
    allReady: family.pods.filter(isReady).length,
  };
  return {
    put: [...made, ...risenSet(family, newest), withStatus(family, newest, counted, scene)],
    remove: [...leaving, ...surplus],
  };
};

/** A quarter more, rounded up, as Kubernetes takes `maxSurge` where nothing else is said. */
function surgeOf(wanted: number): number {
  return Math.ceil(wanted / 4);
}

function newestSet({ revisions }: Family, hash: string): KubeObject | undefined {
  return revisions.find((set) => textAt(set, 'metadata', 'labels', 'pod-template-hash') === hash);
}

function revisionOf(object: KubeObject): number {
  return Number(object.metadata.annotations?.[revisionKey] ?? 0);
}

function highestRevision({ revisions }: Family): number {
  return Math.max(0, ...revisions.map(revisionOf));
}

function replicaSetOf(family: Family, hash: string): KubeObject {
  const { workload } = family;
  const labels = { ...textsAt(workload, 'spec', 'template', 'metadata', 'labels'), 'pod-template-hash': hash };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${workload.metadata.name}-${hash}`,
      namespace: namespaceOf(workload),
      labels,
      annotations: { [revisionKey]: String(highestRevision(family) + 1) },
      ownerReferences: [ownerReference(workload)],
    },
    spec: { replicas: 0, template: at(workload, 'spec', 'template') },
  };
}

/** A template that comes back is a new rollout of the old ReplicaSet. */
function risenSet(family: Family, newest: KubeObject): KubeObject[] {
  const highest = highestRevision(family);
  if (revisionOf(newest) === highest && family.revisions.filter((set) => revisionOf(set) === highest).length === 1)
    return [];
  const annotations = { ...newest.metadata.annotations, [revisionKey]: String(highest + 1) };
  return [{ ...newest, metadata: { ...newest.metadata, annotations } }];
}

interface Place {
  readonly index: number;
  readonly own: readonly KubeObject[];
}

/** Names are as Kubernetes makes them, and the same in every run. */
function newPod({ workload }: Family, set: KubeObject, { index, own }: Place, scene: Scene): KubeObject {
  const taken = new Set(own.map(({ metadata }) => metadata.name));
  const free = Array.from({ length: taken.size + index + 1 }, (_, number) => nameOf(set, number)).filter(
    (name) => !taken.has(name),
  );
  const name = free[index] ?? nameOf(set, taken.size + index);
  const labels = { 'pod-template-hash': textAt(set, 'metadata', 'labels', 'pod-template-hash') };
  return podOf({ name, owner: set, workload, labels, node: nodeFor(own.length + index) }, scene);
}

function nameOf({ metadata: { name } }: KubeObject, number: number): string {
  return `${name}-${hashOf(`${name} ${number}`).slice(0, 5)}`;
}

interface Counted {
  readonly wanted: number;
  readonly own: number;
  readonly ready: number;
  readonly all: number;
  readonly allReady: number;
}

function withStatus({ workload }: Family, newest: KubeObject, counted: Counted, { now }: Scene): KubeObject {
  const { wanted, own, ready, all, allReady } = counted;
  const isDone = own === wanted && ready === wanted && all === wanted;
  const condition = (type: string, isTrue: boolean, reason: string): object => ({
    type,
    status: isTrue ? 'True' : 'False',
    reason,
    lastTransitionTime: now.toISOString(),
  });
  const status = {
    observedGeneration: workload.metadata.generation,
    replicas: all,
    updatedReplicas: own,
    readyReplicas: allReady,
    availableReplicas: allReady,
    unavailableReplicas: Math.max(0, wanted - allReady),
    conditions: [
      condition('Available', allReady >= wanted, 'MinimumReplicasAvailable'),
      condition('Progressing', true, isDone ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated'),
    ],
  };
  const annotations = {
    ...workload.metadata.annotations,
    [revisionKey]: newest.metadata.annotations?.[revisionKey] ?? '1',
  };
  return { ...workload, metadata: { ...workload.metadata, annotations }, status };
}
