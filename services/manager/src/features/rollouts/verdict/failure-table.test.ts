import type {
  ContainerFacts,
  KustomizationFacts,
  PodFacts,
  WarningFacts,
  WorkloadFacts,
} from '@release-manager/contract';
import { describe, expect, test } from 'vitest';

import { container, crashed, deployment, kustomization, pod, ref, waiting, warning } from '../facts.testing.ts';
import { graces } from './graces.ts';
import { judgeCluster } from './judge-cluster.ts';
import { at, commit, expected, judgeUntil, older, release, subject } from './subject.testing.ts';
import type { ClusterFacts } from './subject.ts';

/** A Deployment of one pod that is not up, with what its pod says. */
function broken(itsPod: Partial<PodFacts>, warnings: readonly WarningFacts[] = []): Partial<ClusterFacts> {
  const counters = { desired: 1, current: 1, updated: 1, ready: 0, available: 0 };
  return {
    workloads: [deployment('web', { release, ...counters })],
    pods: [pod('web', 0, { phase: 'Pending', ready: false, ...itsPod })],
    warnings,
  };
}

/** As the kubelet leaves a container of a pod that it threw out. */
const killed = container({ ready: false, running: undefined, terminated: { exitCode: 137, reason: 'Error' } });

const inPod = (itsContainer: ContainerFacts, warnings: readonly WarningFacts[] = []): Partial<ClusterFacts> =>
  broken({ containers: [itsContainer] }, warnings);

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

const tried = (reason: string, message: string, more: Partial<KustomizationFacts> = {}): Partial<ClusterFacts> => ({
  flux: {
    kustomization: kustomization('web', {
      lastAppliedRevision: `main@sha1:${older}`,
      lastAttemptedRevision: `main@sha1:${commit}`,
      conditions: [{ type: 'Ready', status: 'False', reason, message }],
      ...more,
    }),
    sources: [],
  },
});

/** Each row of the failure table in docs/rollouts.md: what is seen, what it is called, after how long it fails the release. */
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
  [
    'webhook denies the object',
    tried(
      'ReconciliationFailed',
      'Deployment/shop/web dry-run failed (Forbidden): admission webhook "x" denied the request',
    ),
    'flux.apply-failed',
    graces.fluxCertain,
  ],
  [
    'webhook is away',
    tried('ReconciliationFailed', 'Deployment/shop/web dry-run failed (InternalError): failed calling webhook "x"'),
    'flux.apply-failed',
    graces.fluxMends,
  ],
  [
    'immutable field',
    tried('ReconciliationFailed', 'Job/shop/web dry-run failed (Invalid): spec.template: field is immutable'),
    'flux.apply-failed',
    graces.fluxCertain,
  ],
  [
    'duplicate objects',
    tried('BuildFailed', 'kustomize build failed: may not add resource with an already registered id'),
    'flux.build-failed',
    graces.fluxCertain,
  ],
  [
    'broken YAML',
    tried('BuildFailed', 'failed to decode Kubernetes YAML from /tmp/web.yaml'),
    'flux.build-failed',
    graces.fluxCertain,
  ],
  [
    'CRD missing',
    tried('ReconciliationFailed', 'X/shop/web dry-run failed: no matches for kind "X" in version "v1"'),
    'flux.apply-failed',
    graces.fluxMends,
  ],
  [
    'namespace missing',
    tried('ReconciliationFailed', 'Deployment/shop/web not found: namespaces "shop" not found'),
    'flux.apply-failed',
    graces.fluxMends,
  ],
  [
    'schema',
    tried(
      'ReconciliationFailed',
      'dry-run failed: failed to create typed patch object (shop/web; apps/v1): .spec.foo: field not declared in schema',
    ),
    'flux.apply-failed',
    graces.fluxCertain,
  ],
  [
    'unset variable',
    tried('BuildFailed', "post build failed for 'web': variable not set (strict mode)"),
    'flux.build-failed',
    graces.fluxCertain,
  ],
  ['prune', tried('PruneFailed', 'Service/shop/old delete failed'), 'flux.prune-failed', graces.fluxPrune],
  [
    'health check of Flux',
    tried('HealthCheckFailed', 'timeout waiting for: [Deployment/shop/web status: InProgress]'),
    'flux.health-check-failed',
    graces.fluxMends,
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

describe('what mends itself', () => {
  test('a trouble that goes away within its grace never was one, and begins anew when it comes back', () => {
    const bad = subject(inPod(waiting('ErrImagePull', 'x')));
    const first = judgeCluster(bad);
    const good = subject(
      {
        workloads: [deployment('web', { release, desired: 1, current: 1, updated: 1, available: 1 })],
        pods: [pod('web', 0)],
      },
      { memory: first.memory, now: at(29) },
    );
    const between = judgeCluster(good);
    expect(between.phase).toBe('healthy');
    const again = judgeCluster({
      ...bad,
      facts: { ...bad.facts, daemon: good.facts.daemon },
      memory: between.memory,
      now: at(31),
    });
    expect(again.phase).toBe('rolling-out');
  });

  test('pulling and backing off in turns is one trouble', () => {
    const first = judgeCluster(subject(inPod(waiting('ErrImagePull', 'x'))));
    const then = judgeCluster(subject(inPod(waiting('ImagePullBackOff', 'x')), { memory: first.memory, now: at(30) }));
    expect(then.phase).toBe('failed');
  });

  test('a container that crashed once and comes up slowly is waited for', () => {
    const up = container({ ready: false, restarts: 1, last: { exitCode: 1, finishedAt: '2026-03-01T12:00:00Z' } });
    expect(judgeUntil(subject(broken({ phase: 'Running', containers: [up] })), 500).verdict.phase).toBe('rolling-out');
  });

  test('what is gated, or merely being created, waits', () => {
    const gated = broken({
      containers: [],
      scheduled: { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' },
    });
    expect(judgeUntil(subject(gated), 500).verdict.phase).toBe('rolling-out');
    expect(judgeUntil(subject(inPod(waiting('ContainerCreating', ''))), 500).verdict.phase).toBe('rolling-out');
  });

  test('remains of evicted pods mean nothing where all is up', () => {
    const facts = {
      workloads: [deployment('web', { release })],
      pods: [
        pod('web', 0),
        pod('web', 1),
        pod('web', 2, { phase: 'Failed', reason: 'Evicted', ready: false, containers: [killed] }),
      ],
    };
    expect(judgeCluster(subject(facts))).toMatchObject({ phase: 'healthy', troubles: [] });
  });
});

describe('a manager that cannot see', () => {
  const bad = subject(inPod(crashed(5)));
  test.each([
    ['the daemon reads its first lists', { synced: false }],
    ['much is on its way', { isBehind: true }],
    ['the daemon is silent', { heardAt: at(-1000) }],
  ])('fails nothing and praises nothing: %s', (_what, more) => {
    const blind = (facts: Partial<ClusterFacts>) =>
      judgeCluster(
        subject(
          { ...facts, daemon: { heardAt: at(0), synced: true, isBehind: false, unwatched: [], ...more } },
          { memory: judgeCluster(bad).memory },
        ),
      );
    expect(blind(inPod(crashed(5))).phase).toBe('rolling-out');
    expect(blind({ workloads: [deployment('web', { release })], pods: [pod('web', 0), pod('web', 1)] }).phase).toBe(
      'rolling-out',
    );
  });
});
