import type { KubeObject } from '@release-manager/testing';

const labels = { 'release-manager.io/managed': 'true', 'release-manager.io/service': 'web' };

/** A Deployment as the manager stamps it and its controller reports it. */
export function deployment(
  name: string,
  fields: { replicas?: number; ready?: number; release?: string } = {},
): KubeObject {
  const { replicas = 3, ready = replicas, release = 'rel_01k0000000000000000000000a' } = fields;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: 'shop',
      labels: { ...labels, 'release-manager.io/owner': 'checkout' },
      annotations: {
        'release-manager.io/artifact-id': 'main-0123456789-abcdef0123',
        'release-manager.io/release-id': release,
        'deployment.kubernetes.io/revision': '1',
      },
    },
    spec: {
      replicas,
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'shop/web:1' }] } },
    },
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: ready,
      availableReplicas: ready,
      conditions: [
        { type: 'Available', status: ready === replicas ? 'True' : 'False', reason: 'MinimumReplicasAvailable' },
      ],
    },
  };
}

export function replicaSet(name: string, owner: KubeObject, revision = 1): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'shop',
      labels: { ...labels, 'pod-template-hash': name.slice(name.lastIndexOf('-') + 1) },
      annotations: { 'deployment.kubernetes.io/revision': String(revision) },
      ownerReferences: [ownerReference(owner)],
    },
    spec: { replicas: 1 },
    status: { replicas: 1 },
  };
}

export function pod(name: string, owner: KubeObject | undefined, status: object = { phase: 'Running' }): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'shop',
      labels: { ...labels, 'pod-template-hash': 'abc' },
      ...(owner === undefined ? {} : { ownerReferences: [ownerReference(owner)] }),
    },
    spec: { nodeName: 'node-1', containers: [{ name: 'app', image: 'shop/web:1' }] },
    status,
  };
}

/** A pod whose container died and waits to be started again. */
export function crashing(restarts: number, exitCode = 1): object {
  const finishedAt = new Date().toISOString();
  return {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }],
    containerStatuses: [
      {
        name: 'app',
        image: 'shop/web:1',
        ready: false,
        restartCount: restarts,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' } },
        lastState: { terminated: { exitCode, reason: 'Error', startedAt: finishedAt, finishedAt } },
      },
    ],
  };
}

export function warning(
  name: string,
  about: KubeObject,
  fields: { count?: number; message?: string } = {},
): KubeObject {
  const { kind, metadata } = about;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: metadata.namespace ?? 'default' },
    type: 'Warning',
    reason: 'BackOff',
    message: fields.message ?? 'Back-off restarting failed container',
    count: fields.count ?? 1,
    lastTimestamp: '2026-01-01T00:00:00Z',
    involvedObject: { kind, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid },
  };
}

/** The Kustomization of a service, or, without a service, the root of an environment. */
export function kustomization(
  name: string,
  fields: { service?: string; inventory?: readonly string[] } = {},
): KubeObject {
  const { service, inventory = [] } = fields;
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name,
      namespace: 'flux-system',
      ...(service === undefined
        ? {}
        : { labels: { 'release-manager.io/environment': 'dev', 'release-manager.io/service': service } }),
    },
    spec: {
      path: service === undefined ? './clusters/dev' : `./dev/releases/shop/${service}`,
      sourceRef: { kind: 'GitRepository', name: 'flux-system' },
    },
    status: {
      observedGeneration: 1,
      lastAppliedRevision: 'main@sha1:0123456789012345678901234567890123456789',
      conditions: [{ type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded' }],
      inventory: { entries: inventory.map((id) => ({ id, v: 'v1' })) },
    },
  };
}

function ownerReference({ apiVersion, kind, metadata }: KubeObject): object {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
}
