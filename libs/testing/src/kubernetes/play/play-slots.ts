import type { KubeObject } from '../kube-object.ts';
import { at, hashOf, namespaceOf, numberAt, ownerReference, textAt, textsAt } from './fields.ts';
import { isReady, type Scene } from './play-pod.ts';
import { nodeFor, nodes, podOf } from './pod-of.ts';
import type { Controller, Family, Turn } from './turn.ts';

const hashKey = 'controller-revision-hash';

/** A place that always has one pod: an ordinal of a StatefulSet, a node of a DaemonSet. */
interface Slot {
  readonly name: string;
  readonly node: string;
}

interface Slots {
  readonly turn: Turn;
  readonly wanted: number;
  readonly updated: number;
  readonly ready: number;
  readonly updatedReady: number;
}

/** Fills empty places, and replaces one old pod at a time, when all others are ready. */
function playSlots(family: Family, slots: readonly Slot[], hash: string, scene: Scene): Slots {
  const { workload, pods } = family;
  const byName = new Map(pods.map((pod) => [pod.metadata.name, pod]));
  const filled = slots.flatMap(({ name }) => byName.get(name) ?? []);
  const made = slots
    .filter(({ name }) => !byName.has(name))
    .map(({ name, node }) => podOf({ name, owner: workload, workload, labels: { [hashKey]: hash }, node }, scene));
  const isOld = (pod: KubeObject): boolean => textAt(pod, 'metadata', 'labels', hashKey) !== hash;
  const isCalm = filled.length === slots.length && filled.every((pod) => isReady(pod) || isOld(pod));
  const old = filled.filter(isOld);
  const next = old.find((pod) => !isReady(pod)) ?? old.at(-1);
  const surplus = pods.filter((pod) => !filled.includes(pod));
  return {
    turn: { put: made, remove: [...surplus, ...(isCalm && next !== undefined ? [next] : [])] },
    wanted: slots.length,
    updated: filled.length - old.length,
    ready: filled.filter(isReady).length,
    updatedReady: filled.filter((pod) => !isOld(pod) && isReady(pod)).length,
  };
}

export const playStatefulSet: Controller = (family, scene) => {
  const { workload } = family;
  const { name } = workload.metadata;
  const wanted = numberAt(workload, 'spec', 'replicas') ?? 1;
  const revision = `${name}-${hashOf(at(workload, 'spec', 'template'))}`;
  const slots = Array.from({ length: wanted }, (_, index) => ({ name: `${name}-${index}`, node: nodeFor(index) }));
  const { turn, updated, ready, updatedReady } = playSlots(family, slots, revision, scene);
  const isDone = updatedReady === wanted && turn.remove.length === 0;
  const status = {
    observedGeneration: workload.metadata.generation,
    replicas: family.pods.length,
    readyReplicas: ready,
    availableReplicas: ready,
    updatedReplicas: updated,
    updateRevision: revision,
    currentRevision: isDone ? revision : textAt(workload, 'status', 'currentRevision') || revision,
  };
  return { ...turn, put: [...turn.put, { ...workload, status }] };
};

export const playDaemonSet: Controller = (family, scene) => {
  const { workload, revisions } = family;
  const { name } = workload.metadata;
  const hash = hashOf(at(workload, 'spec', 'template'));
  const highest = Math.max(0, ...revisions.map((each) => numberAt(each, 'revision') ?? 0));
  const own = revisions.find((each) => textAt(each, 'metadata', 'labels', hashKey) === hash);
  if (own === undefined || numberAt(own, 'revision') !== highest)
    return { put: [controllerRevision(workload, hash, highest + 1)], remove: [] };
  const slots = nodes.map((node) => ({ name: `${name}-${hashOf(`${name} ${node}`).slice(0, 5)}`, node }));
  const { turn, wanted, updated, ready } = playSlots(family, slots, hash, scene);
  const status = {
    observedGeneration: workload.metadata.generation,
    desiredNumberScheduled: wanted,
    currentNumberScheduled: family.pods.length,
    updatedNumberScheduled: updated,
    numberReady: ready,
    numberAvailable: ready,
  };
  return { ...turn, put: [...turn.put, { ...workload, status }] };
};

function controllerRevision(workload: KubeObject, hash: string, revision: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${workload.metadata.name}-${hash}`,
      namespace: namespaceOf(workload),
      labels: { ...textsAt(workload, 'spec', 'template', 'metadata', 'labels'), [hashKey]: hash },
      ownerReferences: [ownerReference(workload)],
    },
    revision,
  };
}
