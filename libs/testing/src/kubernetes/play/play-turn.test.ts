import { beforeEach, describe, expect, it } from 'vitest';

import { FakeApiServer } from '../fake-api-server.ts';
import type { KubeObject } from '../kube-object.ts';
import { isReady, type Scene } from './play-pod.ts';
import { playTurn } from './play-turn.ts';

let api: FakeApiServer;
beforeEach(() => {
  // It is not started: everything goes through its store.
  api = new FakeApiServer();
});

const scene: Scene = {
  images: { crashes: (image) => image.endsWith('-crashes'), prints: ({ name, image }) => `${name} is ${image}\n` },
  now: new Date('2026-03-01T10:00:00Z'),
};

function settle(): number {
  for (let turn = 0; turn < 60; turn += 1) {
    if (!playTurn(api, scene)) return turn;
  }
  throw new Error('it never came to rest');
}

function workload(kind: string, image: string, spec: object = { replicas: 5 }, release = 'rel_1'): KubeObject {
  return {
    apiVersion: kind === 'Job' ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: { name: 'cart', namespace: 'shop', annotations: { 'release-manager.io/release-id': release } },
    spec: {
      ...spec,
      template: {
        metadata: { labels: { app: 'cart' } },
        spec: { containers: [{ name: 'cart', image }], ...(kind === 'Job' ? { restartPolicy: 'Never' } : {}) },
      },
    },
  };
}

const live = (kind: string) => api.get(kind, 'shop', 'cart');
const uids = () => new Set(api.list('Pod').map(({ metadata }) => metadata.uid));
const images = () => api.list('Pod').map((pod) => JSON.stringify(pod['spec']).match(/cart:[\w.-]+/)?.[0]);

describe('a Deployment', () => {
  it('comes up a few pods at a time, and says so in its status', () => {
    api.put(workload('Deployment', 'cart:1'));
    const seen = new Set<number>();
    for (let turn = 0; turn < 12; turn += 1) {
      playTurn(api, scene);
      seen.add(api.list('Pod').filter(isReady).length);
    }
    expect([...seen]).toEqual([0, 2, 4, 5]);
    expect(live('Deployment')).toMatchObject({
      metadata: { annotations: { 'deployment.kubernetes.io/revision': '1' } },
      status: { observedGeneration: 1, replicas: 5, updatedReplicas: 5, readyReplicas: 5, availableReplicas: 5 },
    });
    expect(api.list('ReplicaSet')[0]?.metadata.labels).toHaveProperty('pod-template-hash');
  });

  it('replaces its pods one after another, and never has fewer than it should', () => {
    api.put(workload('Deployment', 'cart:1'));
    settle();
    api.put({ ...workload('Deployment', 'cart:2') });
    for (let turn = 0; turn < 40; turn += 1) {
      playTurn(api, scene);
      expect(api.list('Pod').filter(isReady).length).toBeGreaterThanOrEqual(5);
      expect(api.list('Pod').length).toBeLessThanOrEqual(7);
    }
    expect(new Set(images())).toEqual(new Set(['cart:2']));
    expect(live('Deployment')?.['status']).toMatchObject({ replicas: 5, updatedReplicas: 5, observedGeneration: 2 });
  });

  it('keeps every pod when only its own marks change', () => {
    api.put(workload('Deployment', 'cart:1'));
    settle();
    const before = uids();
    api.put(workload('Deployment', 'cart:1', { replicas: 5 }, 'rel_2'));
    settle();
    expect(uids()).toEqual(before);
  });

  it('whose image says that it crashes leaves the old pods alone, prints a log, and goes back when the old template does', () => {
    api.put(workload('Deployment', 'cart:1'));
    settle();
    const before = uids();
    api.put(workload('Deployment', 'cart:2-crashes'));
    settle();
    const bad = api.list('Pod').filter((pod) => !before.has(pod.metadata.uid));
    expect(bad).toHaveLength(2);
    expect(bad[0]?.['status']).toMatchObject({
      containerStatuses: [
        {
          restartCount: 2,
          ready: false,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { exitCode: 1 } },
        },
      ],
    });
    expect(api.list('Pod').filter(isReady)).toHaveLength(5);
    expect(live('Deployment')?.['status']).toMatchObject({ replicas: 7, updatedReplicas: 2, availableReplicas: 5 });
    expect(api.list('Event')).toHaveLength(2);
    api.put(workload('Deployment', 'cart:1'));
    settle();
    expect(uids()).toEqual(before);
    expect(live('Deployment')?.metadata.annotations).toHaveProperty(['deployment.kubernetes.io/revision'], '3');
  });

  it('takes everything along when it goes', () => {
    api.put(workload('Deployment', 'cart:1'));
    settle();
    api.remove('Deployment', 'shop', 'cart');
    settle();
    expect([...api.list('ReplicaSet'), ...api.list('Pod')]).toEqual([]);
  });
});

it('a StatefulSet has numbered pods, and replaces them one at a time', () => {
  api.put(workload('StatefulSet', 'cart:1', { replicas: 3 }));
  settle();
  expect(api.list('Pod').map(({ metadata }) => metadata.name)).toEqual(['cart-0', 'cart-1', 'cart-2']);
  const before = live('StatefulSet')?.['status'];
  expect(before).toMatchObject({ readyReplicas: 3, updatedReplicas: 3 });
  api.put(workload('StatefulSet', 'cart:2', { replicas: 3 }));
  settle();
  expect(new Set(images())).toEqual(new Set(['cart:2']));
  const after = live('StatefulSet')?.['status'] as { currentRevision: string; updateRevision: string };
  expect(after.currentRevision).toBe(after.updateRevision);
  expect(after).not.toMatchObject({ updateRevision: (before as typeof after).updateRevision });
});

it('a DaemonSet has a pod on each node, and a revision per template', () => {
  api.put(workload('DaemonSet', 'cart:1', {}));
  settle();
  api.put(workload('DaemonSet', 'cart:2', {}));
  settle();
  expect(live('DaemonSet')?.['status']).toMatchObject({
    desiredNumberScheduled: 2,
    updatedNumberScheduled: 2,
    numberAvailable: 2,
    observedGeneration: 2,
  });
  expect(api.list('ControllerRevision').map((each) => each['revision'])).toEqual(expect.arrayContaining([1, 2]));
});

it('a Job runs once', () => {
  api.put(workload('Job', 'cart:1', {}));
  settle();
  expect(live('Job')?.['status']).toMatchObject({ succeeded: 1, conditions: [{ type: 'Complete', status: 'True' }] });
  expect(settle()).toBe(0);
});
