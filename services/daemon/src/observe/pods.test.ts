import { Observation } from '@release-manager/contract';
import { describe, expect, it } from 'vitest';

import type { Fields } from '../objects/index.ts';
import { podFacts } from './pod.ts';
import { isNews, warningFacts } from './warning.ts';

const owner = { kind: 'Deployment', name: 'web', uid: 'd' };

function pod(status: object, spec: object = {}, metadata: object = {}): Fields {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-7d4b9c-x2x4z',
      namespace: 'shop',
      uid: 'p',
      resourceVersion: '99',
      creationTimestamp: '2026-11-21T10:00:00Z',
      labels: { 'release-manager.io/service': 'web', 'pod-template-hash': '7d4b9c' },
      ownerReferences: [{ kind: 'ReplicaSet', name: 'web-7d4b9c', uid: 'r', controller: true }],
      ...metadata,
    },
    spec: { nodeName: 'ip-10-0-0-1', containers: [{ name: 'app', image: 'shop/web:1' }], ...spec },
    status,
  };
}

function facts(object: Fields): ReturnType<typeof podFacts> {
  const seen = podFacts(object, owner);
  expect(Observation.safeParse(seen).error?.issues ?? []).toEqual([]);
  return seen;
}

describe('a pod', () => {
  it('in a crash loop', () => {
    const seen = facts(
      pod({
        phase: 'Running',
        conditions: [
          { type: 'Ready', status: 'False', reason: 'ContainersNotReady', lastProbeTime: null },
          { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-11-21T10:00:01Z' },
        ],
        containerStatuses: [
          {
            name: 'app',
            image: 'docker.io/shop/web:1',
            imageID: 'docker.io/shop/web@sha256:aa',
            ready: false,
            started: false,
            restartCount: 4,
            state: {
              waiting: { reason: 'CrashLoopBackOff', message: 'back-off 1m20s restarting failed container=app' },
            },
            lastState: {
              terminated: {
                exitCode: 137,
                signal: 0,
                reason: 'OOMKilled',
                startedAt: '2026-11-21T10:00:02Z',
                finishedAt: '2026-11-21T10:00:03Z',
                containerID: 'containerd://aa',
              },
            },
          },
        ],
      }),
    );
    expect(seen).toMatchObject({ phase: 'Running', ready: false, workload: owner, revision: '7d4b9c' });
    expect(seen.node).toMatch(/^[0-9a-f]{16}$/);
    expect(seen.containers).toEqual([
      {
        name: 'app',
        image: 'shop/web:1',
        role: 'main',
        ready: false,
        started: false,
        restarts: 4,
        waiting: { reason: 'CrashLoopBackOff', message: 'back-off 1m20s restarting failed container=app' },
        last: {
          exitCode: 137,
          reason: 'OOMKilled',
          startedAt: '2026-11-21T10:00:02Z',
          finishedAt: '2026-11-21T10:00:03Z',
        },
      },
    ]);
  });

  it('that no node has room for, before the kubelet spoke of it', () => {
    const message = '0/3 nodes are available: 3 Insufficient cpu.';
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
    const seen = facts(pod({ phase: 'Pending', conditions }, { nodeName: undefined }));
    expect(seen.scheduled).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
    expect(seen.node).toBeUndefined();
    expect(seen.containers).toEqual([{ name: 'app', image: 'shop/web:1', role: 'main', ready: false, restarts: 0 }]);
  });

  it('tells init containers from sidecars', () => {
    const initContainers = [
      { name: 'migrate', image: 'm' },
      { name: 'proxy', image: 'p', restartPolicy: 'Always' },
    ];
    const initContainerStatuses = [
      { name: 'migrate', restartCount: 1, state: { terminated: { exitCode: 0, signal: 9 } } },
    ];
    const { containers } = facts(pod({ phase: 'Pending', initContainerStatuses }, { initContainers }));
    expect(containers.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'migrate init',
      'proxy sidecar',
      'app main',
    ]);
    expect(containers[0]?.terminated).toEqual({ exitCode: 0, signal: 9 });
  });

  it('that was evicted, and one that is being deleted', () => {
    const message = 'The node was low on resource: memory.';
    expect(facts(pod({ phase: 'Failed', reason: 'Evicted', message }))).toMatchObject({ reason: 'Evicted', message });
    const deleted = { deletionTimestamp: '2026-11-21T10:00:30Z' };
    expect(facts(pod({ phase: 'Running' }, {}, deleted)).terminating).toBe('2026-11-21T10:00:30Z');
  });

  it('that nothing owns carries its stamp itself', () => {
    const annotations = { 'release-manager.io/release-id': 'rel_1' };
    const seen = facts(pod({ phase: 'Running' }, {}, { ownerReferences: [], annotations }));
    expect(seen.stamp).toEqual({ service: 'web', release: 'rel_1' });
  });

  it('with a message that somebody made long is cut, without half a character', () => {
    const { message } = facts(pod({ phase: 'Failed', message: `${'x'.repeat(1_998)}🙂🙂\u0000` }));
    expect(message).toHaveLength(1_999);
    expect(message?.isWellFormed()).toBe(true);
  });
});

describe('an event', () => {
  const about = { kind: 'Pod', namespace: 'shop', name: 'web-1', uid: 'p' };
  const metadata = { name: 'web-1.17', namespace: 'shop', uid: 'e', resourceVersion: '5' };

  it.each([
    ['of the old form', { count: 3, lastTimestamp: '2026-11-21T10:00:00Z' }, 3, '2026-11-21T10:00:00Z'],
    [
      'of the new form',
      { count: null, lastTimestamp: null, eventTime: '2026-11-21T10:00:00.123456Z' },
      1,
      '2026-11-21T10:00:00.123456Z',
    ],
    [
      'of the new form that happens again',
      { eventTime: '2026-11-21T10:00:00Z', series: { count: 7, lastObservedTime: '2026-11-21T10:05:00Z' } },
      7,
      '2026-11-21T10:05:00Z',
    ],
  ])('%s', (_, fields, count, lastAt) => {
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata,
      type: 'Warning',
      reason: 'BackOff',
      involvedObject: about,
    };
    const seen = warningFacts({ ...event, message: 'Back-off', ...fields }, 'web');
    expect(seen).toMatchObject({ about, count, lastAt, service: 'web' });
    expect(Observation.safeParse(seen).error?.issues ?? []).toEqual([]);
  });

  it('is news again when it doubled or says something else', () => {
    const now = warningFacts({ metadata, count: 4, message: 'a' }, 'web');
    expect(isNews(undefined, now)).toBe(true);
    expect(isNews({ count: 3, message: 'a' }, now)).toBe(false);
    expect(isNews({ count: 2, message: 'a' }, now)).toBe(true);
    expect(isNews({ count: 4, message: 'b' }, now)).toBe(true);
  });
});
