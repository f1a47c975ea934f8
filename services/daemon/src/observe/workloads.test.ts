import { Observation, type WorkloadFacts } from '@release-manager/contract';
import { describe, expect, it } from 'vitest';

import type { Fields } from '../objects/index.ts';
import { daemonSetFacts } from './daemon-set.ts';
import { deploymentFacts } from './deployment.ts';
import { cronJobFacts, jobFacts } from './job.ts';
import { statefulSetFacts } from './stateful-set.ts';

const stamp = {
  labels: {
    'release-manager.io/managed': 'true',
    'release-manager.io/service': 'web',
    'release-manager.io/owner': 'checkout',
  },
  annotations: {
    'release-manager.io/artifact-id': 'main-0123456789-abcdef0123',
    'release-manager.io/release-id': 'rel_01k0000000000000000000000a',
  },
};

function workload(kind: string, fields: object, metadata: object = {}): Fields {
  return {
    apiVersion: kind.endsWith('Job') ? 'batch/v1' : 'apps/v1',
    kind,
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid: '7b1f4c9e-0000-4000-8000-000000000000',
      resourceVersion: '4711',
      generation: 4,
      creationTimestamp: '2026-11-21T10:00:00Z',
      ...stamp,
      ...metadata,
    },
    ...fields,
  };
}

const template = {
  spec: {
    initContainers: [{ name: 'migrate', image: 'shop/web:1' }],
    containers: [{ name: 'app', image: 'shop/web@sha256:aa' }, { image: 'nameless' }],
  },
};

function checked(facts: WorkloadFacts): WorkloadFacts {
  expect(Observation.safeParse(facts).error?.issues ?? []).toEqual([]);
  return facts;
}

describe('a Deployment', () => {
  it('in the middle of a rollout: counters that are zero are not written by its controller', () => {
    const facts = checked(
      deploymentFacts(
        workload('Deployment', {
          spec: { replicas: 5, progressDeadlineSeconds: 600, strategy: { type: 'RollingUpdate' }, template },
          status: {
            observedGeneration: 4,
            replicas: 6,
            updatedReplicas: 2,
            readyReplicas: 4,
            unavailableReplicas: 2,
            conditions: [
              {
                type: 'Progressing',
                status: 'True',
                lastUpdateTime: '2026-11-21T10:00:05Z',
                lastTransitionTime: '2026-11-21T10:00:00Z',
                reason: 'ReplicaSetUpdated',
                message: 'ReplicaSet "web-7d4b9c" is progressing.',
              },
              { type: '', status: 'True' },
              { type: 'Odd', status: 'Maybe' },
            ],
          },
        }),
        '7d4b9c',
      ),
    );
    expect(facts).toMatchObject({
      stamp: { service: 'web', owner: 'checkout', release: 'rel_01k0000000000000000000000a' },
      desired: 5,
      current: 6,
      updated: 2,
      ready: 4,
      available: 0,
      paused: false,
      updateRevision: '7d4b9c',
      images: [
        { container: 'migrate', image: 'shop/web:1' },
        { container: 'app', image: 'shop/web@sha256:aa' },
      ],
    });
    expect(facts.conditions).toEqual([
      {
        type: 'Progressing',
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message: 'ReplicaSet "web-7d4b9c" is progressing.',
        since: '2026-11-21T10:00:00Z',
      },
    ]);
  });

  it('that was just made has one replica to be, and nothing yet', () => {
    const facts = checked(deploymentFacts(workload('Deployment', { spec: { template }, status: {} })));
    expect(facts).toMatchObject({ desired: 1, current: 0, updated: 0, observedGeneration: 0 });
  });

  it.each([
    ['an autoscaler', 'kube-controller-manager', true],
    ['KEDA, to zero,', 'keda', true],
    ['a person', 'kubectl', undefined],
    ['a person with k9s', 'k9s', undefined],
    ['a person with Lens', 'node-fetch', undefined],
  ])('whose replicas %s sets', (_, manager, expected) => {
    const managedFields = [{ manager, subresource: 'scale' }];
    expect(deploymentFacts(workload('Deployment', {}, { managedFields })).autoscaled).toBe(expected);
  });

  it('that nobody stamped says so', () => {
    const facts = deploymentFacts(workload('Deployment', {}, { labels: {}, annotations: { 'a/b': 'c' } }));
    expect(checked(facts).stamp).toEqual({ service: '' });
  });
});

it('a StatefulSet with a partition, and one that is updated by deleting', () => {
  const status = { replicas: 3, updatedReplicas: 1, readyReplicas: 3, currentRevision: 'db-1', updateRevision: 'db-2' };
  const spec = { replicas: 3, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } }, template };
  expect(checked(statefulSetFacts(workload('StatefulSet', { spec, status })))).toMatchObject({
    partition: 2,
    strategy: 'RollingUpdate',
    updateRevision: 'db-2',
    currentRevision: 'db-1',
  });
  const onDelete = statefulSetFacts(workload('StatefulSet', { spec: { updateStrategy: { type: 'OnDelete' } } }));
  expect(checked(onDelete)).toMatchObject({ strategy: 'OnDelete', desired: 1 });
  expect(onDelete.partition).toBeUndefined();
});

it('a DaemonSet counts nodes', () => {
  const status = {
    desiredNumberScheduled: 3,
    currentNumberScheduled: 3,
    updatedNumberScheduled: 1,
    numberReady: 2,
    numberAvailable: 2,
    numberMisscheduled: 0,
    observedGeneration: 4,
  };
  const facts = daemonSetFacts(workload('DaemonSet', { spec: { template }, status }), 'abc');
  expect(checked(facts)).toMatchObject({
    desired: 3,
    current: 3,
    updated: 1,
    ready: 2,
    available: 2,
    updateRevision: 'abc',
  });
});

it('a Job that a CronJob made and that failed', () => {
  const ownerReferences = [{ kind: 'CronJob', name: 'nightly', uid: 'c', controller: true }];
  const status = {
    failed: 7,
    conditions: [{ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'Job has reached …' }],
  };
  const spec = { backoffLimit: 6, completions: 1, ttlSecondsAfterFinished: 60, template };
  expect(checked(jobFacts(workload('Job', { spec, status }, { ownerReferences })))).toMatchObject({
    observedGeneration: 4,
    job: { active: 0, failed: 7, backoffLimit: 6, suspended: false, cronJob: 'nightly', ttlSecondsAfterFinished: 60 },
  });
});

it('a CronJob has its stamp and whether it is suspended', () => {
  const spec = { suspend: true, jobTemplate: { spec: { template } } };
  const facts = checked(cronJobFacts(workload('CronJob', { spec })));
  expect(facts).toMatchObject({ paused: true, images: [{ container: 'migrate' }, { container: 'app' }] });
});
