import type { PodFacts, WarningFacts, WorkloadFacts } from '@release-manager/contract';
import { describe, expect, test } from 'vitest';

import { container, crashed, deployment, pod, ref, waiting, warning } from '../facts.testing.ts';
import { graces } from './graces.ts';
import { expected, judgeUntil, release, subject } from './subject.testing.ts';
import type { ClusterFacts } from './subject.ts';
import { broken, inPod, killed } from './troubles.testing.ts';

const onPod = (reason: string, message: string): WarningFacts =>
  warning({ kind: 'Pod', name: 'web-0' }, reason, message);

const unscheduled = (message: string): Partial<PodFacts> => ({
  containers: [],
  scheduled: { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
});

const inDeployment = (more: Partial<WorkloadFacts>): Partial<ClusterFacts> => ({
  workloads: [deployment('web', { release, current: 0, updated: 0, ready: 0, available: 0, ...more })],
});

const refused = (message: string): Partial<ClusterFacts> =>
  inDeployment({ conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] });

/** Each row of the failure table in docs/rollouts.md that is about workloads: what is seen, what it is called, after how long it fails the release. */
const table: readonly (readonly [string, Partial<ClusterFacts>, string, number])[] = [
  ['image that does not exist', inPod(waiting('ErrImagePull', 'not found')), 'pod.image-pull', graces.imagePull],
  [
    'image pull backed off',
    inPod(waiting('ImagePullBackOff', 'Back-off pulling image')),
    'pod.image-pull',
    graces.imagePull,
  ],
  ['image name that is none', inPod(waiting('InvalidImageName', 'couldn’t parse')), 'pod.image-pull', graces.least],
  [
    'missing ConfigMap',
    inPod(waiting('CreateContainerConfigError', 'configmap "x" not found')),
    'pod.container-config',
    graces.containerConfig,
  ],
  [
    'missing key',
    inPod(waiting('CreateContainerConfigError', "couldn't find key k in ConfigMap shop/x")),
    'pod.container-config',
    graces.containerConfig,
  ],
  [
    'cache of the kubelet',
    inPod(waiting('CreateContainerConfigError', 'failed to sync configmap cache: timed out waiting for the condition')),
    'pod.container-config',
    graces.kubeletCache,
  ],
  [
    'command that does not exist',
    inPod(waiting('RunContainerError', 'exec: "x": not found')),
    'pod.container-config',
    graces.containerConfig,
  ],
  ['hook that fails', inPod(waiting('PostStartHookError', 'exit 1')), 'pod.container-config', graces.containerConfig],
  [
    'missing volume',
    inPod(waiting('ContainerCreating', ''), [onPod('FailedMount', 'secret "x" not found')]),
    'pod.stuck-start',
    graces.mount,
  ],
  ['first crash', inPod(crashed(1)), 'pod.crash-loop', graces.firstCrash],
  ['second crash', inPod(crashed(2)), 'pod.crash-loop', graces.least],
  ['crash of a sidecar', inPod(crashed(2, { role: 'sidecar' })), 'pod.crash-loop', graces.least],
  [
    'out of memory',
    inPod(crashed(2, { last: { exitCode: 137, reason: 'OOMKilled' } })),
    'pod.out-of-memory',
    graces.least,
  ],
  [
    'liveness probe',
    inPod(crashed(2, { last: { exitCode: 137 } }), [onPod('Unhealthy', 'Liveness probe failed: HTTP 500')]),
    'pod.probe-killed',
    graces.least,
  ],
  ['init container', inPod(crashed(2, { role: 'init' })), 'pod.init-crash', graces.least],
  [
    'no node',
    broken(unscheduled('0/3 nodes are available: 3 Insufficient cpu')),
    'pod.unschedulable',
    graces.unschedulable,
  ],
  [
    'node announced',
    broken(unscheduled('0/3 nodes are available'), [onPod('TriggeredScaleUp', 'pod triggered scale-up')]),
    'pod.unschedulable',
    graces.scaleUp,
  ],
  [
    'node announced by Karpenter',
    broken(unscheduled('0/3 nodes are available'), [onPod('Nominated', 'should schedule on')]),
    'pod.unschedulable',
    graces.scaleUp,
  ],
  [
    'volume not bound',
    broken(unscheduled('pod has unbound immediate PersistentVolumeClaims')),
    'pod.volume-pending',
    graces.volume,
  ],
  ['quota', refused('pods "web-1" is forbidden: exceeded quota: q'), 'workload.quota', graces.creation],
  [
    'PodSecurity',
    refused('pods "web-1" is forbidden: violates PodSecurity "restricted:latest"'),
    'workload.pod-security',
    graces.creation,
  ],
  [
    'no ServiceAccount',
    refused('pods "web-1" is forbidden: error looking up service account shop/x: serviceaccount "x" not found'),
    'workload.service-account',
    graces.creation,
  ],
  ['admission of pods', refused('admission webhook "x" denied the request: no'), 'workload.admission', graces.creation],
  [
    'deadline',
    inDeployment({ conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] }),
    'workload.deadline',
    graces.least,
  ],
  [
    'readiness',
    {
      ...broken({ phase: 'Running', containers: [container({ ready: false })] }, [
        onPod('Unhealthy', 'Readiness probe failed: HTTP 503'),
      ]),
      workloads: [
        deployment('web', {
          release,
          desired: 1,
          current: 1,
          updated: 1,
          available: 0,
          conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
        }),
      ],
    },
    'pod.not-ready',
    graces.least,
  ],
  [
    'old pod that does not end',
    {
      workloads: [
        deployment('web', {
          release,
          current: 3,
          conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
        }),
      ],
      pods: [pod('web', 0), pod('web', 1), pod('web', 9, { revision: 'r0', terminating: '2026-03-01T11:00:00Z' })],
    },
    'pod.stuck-terminating',
    graces.least,
  ],
  [
    'evicted',
    broken({
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on resource: memory',
      containers: [killed],
    }),
    'pod.rejected',
    graces.rejectedPod,
  ],
  [
    'deadline that no controller kept',
    inDeployment({ progressDeadlineSeconds: 100 }),
    'workload.deadline',
    100 + graces.deadlineSlack,
  ],
];

describe('the failure table', () => {
  test.each(table)('%s', (_what, facts, code, seconds) => {
    const { verdict, at: after } = judgeUntil(subject(facts), 2000);
    expect({ phase: verdict.phase, code: verdict.why?.code, after }).toEqual({ phase: 'failed', code, after: seconds });
    expect(verdict.why?.next).toBeTruthy();
    expect(verdict.says).toContain(verdict.why?.object ?? '?');
  });

  test('a failure is of the one workload that has it, and the words are the cluster’s', () => {
    const { verdict } = judgeUntil(subject(inPod(crashed(3))), 10);
    expect(verdict.workloads).toMatchObject([{ name: 'web', state: 'failed' }]);
    expect(verdict.why).toMatchObject({
      object: 'Deployment shop/web',
      pod: 'web-0',
      container: 'app',
      log: { podUid: 'uid-pod-web-0', container: 'app', restarts: 3 },
    });
  });

  const others: readonly (readonly [string, readonly WarningFacts[], string, number])[] = [
    [
      'a StatefulSet that may not create pods',
      [warning({ kind: 'StatefulSet', name: 'web' }, 'FailedCreate', 'exceeded quota: q')],
      'workload.quota',
      graces.creation,
    ],
    ['a StatefulSet that goes no further', [], 'workload.deadline', graces.noProgress],
  ];
  test.each(others)('%s', (_what, warnings, code, seconds) => {
    const { strategy: _, ...base } = deployment('web', { release, ready: 0, available: 0 });
    const live = { ...base, object: ref('StatefulSet', 'web'), conditions: [] };
    const set = subject({ workloads: [live], warnings }, { expected: [expected('StatefulSet')] });
    expect(judgeUntil(set, 2000)).toMatchObject({ verdict: { phase: 'failed', why: { code } }, at: seconds });
  });

  test('a Job that gave up, with the log of its last pod', () => {
    const job = {
      ...deployment('web', { release }),
      object: ref('Job', 'web'),
      job: { active: 0, succeeded: 0, failed: 2, suspended: false },
      conditions: [{ type: 'Failed', status: 'True' as const, reason: 'BackoffLimitExceeded' }],
    };
    const ended = {
      name: 'app',
      image: 'x',
      role: 'main' as const,
      ready: false,
      restarts: 0,
      terminated: { exitCode: 3 },
    };
    const last = pod('web', 1, {
      kind: 'Job',
      phase: 'Failed',
      containers: [ended],
      createdAt: '2026-03-01T12:10:00Z',
    });
    const first = pod('web', 0, { kind: 'Job', phase: 'Failed', containers: [ended] });
    const { verdict } = judgeUntil(
      subject({ workloads: [job], pods: [first, last] }, { expected: [expected('Job')] }),
      10,
    );
    expect(verdict.why).toMatchObject({ code: 'job.failed', pod: 'web-1', log: { podUid: 'uid-pod-web-1' } });
  });
});
