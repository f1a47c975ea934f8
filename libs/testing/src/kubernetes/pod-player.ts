import { createHash } from 'node:crypto';

import type { FakeApiServer } from './fake-api-server.ts';
import type { KubeObject } from './kube-object.ts';

/** What the pods of a template do. `silent`: they run and never become ready. */
export type PodBehaviour = 'ready' | 'crash' | 'image-pull' | 'silent';

export interface PodPlayerOptions {
  /** Decides by the pod template; default: all become ready. */
  readonly behaviour?: (template: Json) => PodBehaviour;
  /** What a container that crashes has printed. */
  readonly crashLog?: string;
  /** Milliseconds between two steps. */
  readonly stepMs?: number;
}

type Json = Readonly<Record<string, unknown>>;

function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (current, key) => (typeof current === 'object' && current !== null ? (current as Json)[key] : undefined),
    value,
  );
}

/**
 * Plays the controllers and the kubelet for Deployments of a fake API server, one pod per step: new ReplicaSets, pods that come up
 * or do not, old pods that go, and a status that counts them. As `kubectl rollout status` sees it, it is a real rollout.
 */
export class PodPlayer {
  readonly #server: FakeApiServer;
  readonly #options: Required<PodPlayerOptions>;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #unsubscribe: () => void;
  #made = 0;

  constructor(server: FakeApiServer, options: PodPlayerOptions = {}) {
    this.#server = server;
    this.#options = { behaviour: () => 'ready', crashLog: 'Error: crashed\n', stepMs: 50, ...options };
    this.#unsubscribe = server.store.subscribe(({ resource, before, after }) => {
      if (resource.kind !== 'Deployment') return;
      if (after === undefined && before !== undefined) this.#removeAll(before);
      else if (after !== undefined && at(after, 'status', 'observedGeneration') !== after.metadata.generation)
        this.#soon(after);
    });
    for (const deployment of server.list('Deployment')) this.#soon(deployment);
  }

  stop(): void {
    this.#unsubscribe();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #soon({ metadata }: KubeObject): void {
    const key = `${metadata.namespace ?? ''}/${metadata.name}`;
    if (this.#timers.has(key)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      this.#step(metadata.namespace ?? '', metadata.name);
    }, this.#options.stepMs);
    this.#timers.set(key, timer);
  }

  /** One pod more, ready, or less; then the counts. */
  #step(namespace: string, name: string): void {
    const deployment = this.#server.get('Deployment', namespace, name);
    if (deployment === undefined) return;
    const set = this.#currentSet(deployment);
    const wanted = Number(at(deployment, 'spec', 'replicas') ?? 1);
    const pods = this.#podsOf(deployment);
    const current = pods.filter((pod) => isOwnedBy(pod, set));
    const old = pods.filter((pod) => !isOwnedBy(pod, set));
    const [pending] = current.filter((pod) => at(pod, 'status', 'containerStatuses') === undefined);
    const [surplus] = current.slice(wanted);
    const newestIsUp = current.every((pod) => isReady(pod));
    if (pending !== undefined) this.#play(pending);
    else if (current.length < wanted) this.#makePod(deployment, set);
    else if (surplus !== undefined) this.#remove(surplus);
    else if (old[0] !== undefined && newestIsUp) this.#remove(old[0]);
    this.#count(deployment, set, wanted);
    const isDone = pending === undefined && current.length === wanted && (old.length === 0 || !newestIsUp);
    if (!isDone) this.#soon(deployment);
  }

  #currentSet(deployment: KubeObject): KubeObject {
    const { name, namespace = '' } = deployment.metadata;
    const template = at(deployment, 'spec', 'template') as Json;
    const hash = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
    const known = this.#server.get('ReplicaSet', namespace, `${name}-${hash}`);
    const revisions = this.#server
      .list('ReplicaSet')
      .filter((set) => isOwnedBy(set, deployment))
      .map((set) => Number(set.metadata.annotations?.[revisionKey] ?? 0));
    const newest = Math.max(0, ...revisions);
    if (known !== undefined && Number(known.metadata.annotations?.[revisionKey]) === newest) return known;
    const labels = { ...(at(template, 'metadata', 'labels') as Record<string, string>), 'pod-template-hash': hash };
    return this.#server.put({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: {
        name: `${name}-${hash}`,
        namespace,
        labels,
        annotations: { [revisionKey]: String(newest + 1) },
        ownerReferences: [referenceTo(deployment)],
      },
      spec: { replicas: at(deployment, 'spec', 'replicas') ?? 1, template },
    });
  }

  #makePod(deployment: KubeObject, set: KubeObject): void {
    this.#made += 1;
    this.#server.put({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: `${set.metadata.name}-${this.#made.toString(36).padStart(5, '0')}`,
        namespace: deployment.metadata.namespace ?? '',
        labels: set.metadata.labels ?? {},
        ownerReferences: [referenceTo(set)],
      },
      spec: { nodeName: 'node-1', ...(at(deployment, 'spec', 'template', 'spec') as object) },
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });
  }

  #play(pod: KubeObject): void {
    const { name, namespace = '' } = pod.metadata;
    const behaviour = this.#options.behaviour({ metadata: pod.metadata, spec: pod['spec'] });
    const containers = (at(pod, 'spec', 'containers') ?? []) as { readonly name: string; readonly image: string }[];
    if (behaviour === 'crash') {
      for (const container of containers) {
        this.#server.setLog(namespace, name, container.name, { previous: this.#options.crashLog, current: '' });
      }
    }
    const containerStatuses = containers.map((container) => ({ ...container, ...containerStatus(behaviour) }));
    const ready = { type: 'Ready', status: behaviour === 'ready' ? 'True' : 'False' };
    this.#server.patch('Pod', namespace, name, {
      status: {
        phase: behaviour === 'image-pull' ? 'Pending' : 'Running',
        conditions: [{ type: 'PodScheduled', status: 'True' }, ready],
        containerStatuses,
      },
    });
  }

  #count(deployment: KubeObject, set: KubeObject, wanted: number): void {
    const pods = this.#podsOf(deployment);
    const updated = pods.filter((pod) => isOwnedBy(pod, set)).length;
    const ready = pods.filter((pod) => isReady(pod)).length;
    const isDone = updated === wanted && pods.length === wanted && ready === wanted;
    const revision = set.metadata.annotations?.[revisionKey] ?? '1';
    const available = { type: 'Available', status: ready >= wanted ? 'True' : 'False', reason: 'MinimumReplicas' };
    const reason = isDone ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated';
    this.#server.patch('Deployment', deployment.metadata.namespace ?? '', deployment.metadata.name, {
      metadata: { annotations: { [revisionKey]: revision } },
      status: {
        observedGeneration: deployment.metadata.generation,
        replicas: pods.length,
        updatedReplicas: updated,
        readyReplicas: ready,
        availableReplicas: ready,
        conditions: [available, { type: 'Progressing', status: 'True', reason }],
      },
    });
  }

  #podsOf(deployment: KubeObject): KubeObject[] {
    const sets = this.#server.list('ReplicaSet').filter((set) => isOwnedBy(set, deployment));
    return this.#server.list('Pod').filter((pod) => sets.some((set) => isOwnedBy(pod, set)));
  }

  #removeAll(deployment: KubeObject): void {
    for (const pod of this.#podsOf(deployment)) this.#remove(pod);
    for (const set of this.#server.list('ReplicaSet')) if (isOwnedBy(set, deployment)) this.#remove(set);
  }

  #remove({ kind, metadata }: KubeObject): void {
    this.#server.remove(kind, metadata.namespace ?? '', metadata.name);
  }
}

const revisionKey = 'deployment.kubernetes.io/revision';

function referenceTo({ apiVersion, kind, metadata }: KubeObject): object {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true };
}

function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return at(object, 'metadata', 'ownerReferences', 0, 'uid') === owner.metadata.uid;
}

function isReady(pod: KubeObject): boolean {
  const conditions = at(pod, 'status', 'conditions');
  return (
    Array.isArray(conditions) && conditions.some((one) => at(one, 'type') === 'Ready' && at(one, 'status') === 'True')
  );
}

function containerStatus(behaviour: PodBehaviour): object {
  const now = new Date().toISOString();
  switch (behaviour) {
    case 'ready':
      return { ready: true, started: true, restartCount: 0, state: { running: { startedAt: now } } };
    case 'silent':
      return { ready: false, started: true, restartCount: 0, state: { running: { startedAt: now } } };
    case 'image-pull': {
      const waiting = { reason: 'ImagePullBackOff', message: 'Back-off pulling image: not found' };
      return { ready: false, started: false, restartCount: 0, state: { waiting } };
    }
    case 'crash': {
      const waiting = { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' };
      const terminated = { exitCode: 1, reason: 'Error', startedAt: now, finishedAt: now };
      return { ready: false, started: false, restartCount: 1, state: { waiting }, lastState: { terminated } };
    }
  }
}
