import type { PodFacts, WorkloadFacts } from '@release-manager/contract';
import { describe, expect, test } from 'vitest';

import { container, crashed, deployment, pod, ref } from '../facts.testing.ts';
import { judgeCluster } from './judge-cluster.ts';
import { expected, judgeUntil, release, subject } from './subject.testing.ts';

const pods = (count: number, more: Parameters<typeof pod>[2] = {}): PodFacts[] =>
  Array.from({ length: count }, (_, index) => pod('web', index, more));

/** A workload of another kind than Deployment, of this release. */
function workload(kind: string, more: Partial<WorkloadFacts>): WorkloadFacts {
  const { strategy: _, ...base } = deployment('web', { release });
  return { ...base, object: ref(kind, 'web'), conditions: [], ...more };
}

function judge(live: WorkloadFacts, itsPods: readonly PodFacts[] = []) {
  const { verdict } = judgeUntil(
    subject({ workloads: [live], pods: itsPods }, { expected: [expected(live.object.kind)] }),
    20,
  );
  const [progress] = verdict.workloads;
  return { phase: verdict.phase, done: `${progress?.done}/${progress?.wanted}`, says: progress?.says };
}

describe('a Deployment', () => {
  const live = (more: Partial<WorkloadFacts>): WorkloadFacts => deployment('web', { release, ...more });

  test.each<readonly [string, Partial<WorkloadFacts>, number, object]>([
    ['all new and available', {}, 2, { phase: 'healthy', done: '2/2' }],
    ['not seen by its controller', { generation: 2 }, 2, { phase: 'rolling-out' }],
    ['half of the pods new', { updated: 1, current: 3, available: 2 }, 1, { phase: 'rolling-out', done: '0/2' }],
    ['old pods still there', { current: 3 }, 2, { phase: 'rolling-out', says: '1 old pod is on its way out' }],
    ['new pods not available', { available: 1 }, 2, { phase: 'rolling-out', done: '1/2' }],
    ['paused', { paused: true, updated: 1 }, 1, { phase: 'rolling-out' }],
    [
      'zero replicas',
      { desired: 0, current: 0, updated: 0, ready: 0, available: 0 },
      0,
      { phase: 'healthy', done: '0/0' },
    ],
    [
      'an autoscaler just asked for more',
      { desired: 5, generation: 9, observedGeneration: 9 },
      2,
      { phase: 'rolling-out', done: '2/5' },
    ],
    [
      'as many as the autoscaler asked for',
      { desired: 5, current: 5, updated: 5, ready: 5, available: 5 },
      5,
      { phase: 'healthy', done: '5/5' },
    ],
  ])('%s', (_what, more, count, wanted) => {
    expect(judge(live(more), pods(count))).toMatchObject(wanted);
  });

  test('a paused one has no deadline', () => {
    const stuck = subject({ workloads: [live({ paused: true, updated: 0 })] });
    expect(judgeUntil(stuck, 10_000).verdict.phase).toBe('rolling-out');
  });

  test('3 of 5', () => {
    const three = live({ desired: 5, current: 5, updated: 5, available: 3 });
    expect(judge(three, pods(3))).toEqual({ phase: 'rolling-out', done: '3/5', says: '3 of 5 pods are available' });
  });

  test('counters that run ahead of the pods are not believed at once, and at last they are', () => {
    const early = subject({ workloads: [live({})], pods: pods(1) });
    expect(judgeCluster(early).workloads[0]).toMatchObject({ done: 1, says: '1 of 2 pods were seen to be ready' });
    expect(judgeUntil(early, 60)).toMatchObject({ verdict: { phase: 'healthy' }, at: 30 });
  });
});

describe('a StatefulSet', () => {
  const live = (more: Partial<WorkloadFacts>): WorkloadFacts =>
    workload('StatefulSet', { desired: 3, ready: 3, updated: 3, currentRevision: 'r0', ...more });
  const its = (count: number, revision = 'r1'): PodFacts[] => pods(count, { kind: 'StatefulSet', revision });

  test.each<readonly [string, WorkloadFacts, PodFacts[], object]>([
    ['all new and ready', live({}), its(3), { phase: 'healthy', done: '3/3' }],
    ['not seen by its controller', live({ observedGeneration: 0 }), [], { phase: 'rolling-out' }],
    ['one not ready', live({ ready: 2 }), its(3), { phase: 'rolling-out', done: '2/3' }],
    ['one still old', live({ updated: 2 }), its(2), { phase: 'rolling-out', done: '2/3' }],
    ['partitioned: the new ones are up', live({ partition: 2, updated: 1 }), its(1), { phase: 'healthy', done: '1/1' }],
    [
      'unchanged template under a partition',
      live({ partition: 2, currentRevision: 'r1' }),
      its(3),
      { phase: 'healthy', done: '3/3' },
    ],
    ['OnDelete waits for nobody', live({ strategy: 'OnDelete', updated: 0 }), its(3, 'r0'), { phase: 'healthy' }],
  ])('%s', (_what, set, itsPods, wanted) => {
    expect(judge(set, itsPods)).toMatchObject(wanted);
  });
});

describe('a DaemonSet', () => {
  const live = (more: Partial<WorkloadFacts>): WorkloadFacts => workload('DaemonSet', { desired: 2, ...more });
  test.each<readonly [string, WorkloadFacts, number, object]>([
    ['on every node', live({}), 2, { phase: 'healthy', done: '2/2' }],
    ['on one of two', live({ updated: 1, available: 2 }), 1, { phase: 'rolling-out', done: '1/2' }],
    ['not yet available', live({ available: 1 }), 2, { phase: 'rolling-out', done: '1/2' }],
    ['that matches no node', live({ desired: 0, updated: 0, available: 0 }), 0, { phase: 'healthy', done: '0/0' }],
  ])('%s', (_what, set, count, wanted) => {
    expect(judge(set, pods(count, { kind: 'DaemonSet' }))).toMatchObject(wanted);
  });
});

describe('Jobs and CronJobs', () => {
  const job = (more: Partial<WorkloadFacts>): WorkloadFacts =>
    workload('Job', { job: { active: 1, succeeded: 0, failed: 0, suspended: false }, ...more });
  const complete = [{ type: 'Complete', status: 'True' as const }];

  test.each<readonly [string, WorkloadFacts, object]>([
    ['that runs is waited for', job({}), { phase: 'rolling-out', done: '0/1' }],
    ['that is complete is done', job({ conditions: complete }), { phase: 'healthy', done: '1/1' }],
    [
      'that its TTL took after it was complete is done',
      job({ conditions: complete, deleted: true }),
      { phase: 'healthy' },
    ],
    [
      'that is suspended waits',
      job({ conditions: [{ type: 'Suspended', status: 'True' }] }),
      { phase: 'rolling-out', says: 'is suspended' },
    ],
  ])('a Job %s', (_what, live, wanted) => {
    expect(judge(live)).toMatchObject(wanted);
  });

  test('a Job that its TTL took while nobody looked does not hold the release for ever', () => {
    const { verdict, at } = judgeUntil(subject({}, { expected: [expected('Job')] }), 1000);
    expect([verdict.phase, at]).toEqual(['healthy', 300]);
  });

  test('a CronJob is done when it carries the release', () => {
    expect(judge(workload('CronJob', {}))).toMatchObject({ phase: 'healthy', says: 'is scheduled' });
  });
});

describe('whose it is', () => {
  test('an artifact without workloads is healthy when applied', () => {
    const none = subject({}, { expected: [expected('ConfigMap')] });
    expect(judgeCluster(none)).toMatchObject({ phase: 'healthy', says: 'applied; it has no workloads' });
  });

  test('W3: a workload of another release is not this one’s success', () => {
    const foreign = subject({ workloads: [deployment('web', { release: 'rel_other' })], pods: pods(2) });
    const verdict = judgeCluster(foreign);
    expect(verdict).toMatchObject({
      phase: 'applied',
      workloads: [{ state: 'waiting', says: 'still is of rel_other' }],
    });
    expect(judgeUntil(foreign, 1000).verdict.why?.code).toBe('workload.foreign');
  });

  test('a workload that is not there fails the release only after Flux said that it applied, and much later', () => {
    expect(judgeUntil(subject(), 1000)).toMatchObject({ verdict: { why: { code: 'workload.missing' } }, at: 300 });
  });

  test('an object that was made anew under its name is the one that counts', () => {
    const old = { ...deployment('web', { release, deleted: true }), createdAt: '2026-03-01T13:00:00Z' };
    const made = { ...deployment('web', { release, desired: 1, current: 1, updated: 1, ready: 1, available: 1 }) };
    const fresh = { ...made, object: { ...made.object, uid: 'fresh' } };
    const its = pod('web', 0, { workload: { kind: 'Deployment', name: 'web', uid: 'fresh' } });
    expect(judgeCluster(subject({ workloads: [old, fresh], pods: [its] })).phase).toBe('healthy');
  });

  test('a release whose template did not change is healthy without a restart', () => {
    const live = deployment('web', { release, generation: 7, observedGeneration: 7 });
    expect(judgeCluster(subject({ workloads: [live], pods: pods(2) })).phase).toBe('healthy');
  });

  test('but not while the pods that it kept crash, whatever the counters say', () => {
    const live = deployment('web', { release });
    const bad = pod('web', 1, { containers: [crashed(4)], ready: false });
    expect(judgeUntil(subject({ workloads: [live], pods: [pod('web', 0), bad] }), 10).verdict).toMatchObject({
      phase: 'failed',
      why: { code: 'pod.crash-loop' },
    });
  });

  test('nor in the moment in which a crashing pod is ready', () => {
    const restarted = container({ restarts: 3, last: { exitCode: 1, finishedAt: '2026-03-01T11:59:50Z' } });
    const facts = {
      workloads: [deployment('web', { release })],
      pods: [pod('web', 0, { containers: [restarted] }), pod('web', 1)],
    };
    expect(judgeCluster(subject(facts)).phase).toBe('rolling-out');
    expect(judgeUntil(subject(facts), 100)).toMatchObject({ verdict: { phase: 'healthy' }, at: 50 });
  });

  test('pods of the template before do not fail the release', () => {
    const old = pod('web', 9, { revision: 'r0', containers: [crashed(9)], ready: false });
    expect(judgeCluster(subject({ workloads: [deployment('web', { release })], pods: [...pods(2), old] })).phase).toBe(
      'healthy',
    );
  });

  test('and nobody’s pods do, while the controller has not seen the change', () => {
    const live = deployment('web', { release, generation: 2 });
    const bad = pod('web', 0, { containers: [crashed(9)], ready: false });
    expect(judgeUntil(subject({ workloads: [live], pods: [bad] }), 60).verdict.phase).toBe('rolling-out');
  });

  test('a pod that nothing owns is a workload of its own', () => {
    const { workload: _, ...own } = pod('web', 0, { stamp: { service: 'web', release } });
    const alone = { ...own, object: ref('Pod', 'web') };
    expect(judgeCluster(subject({ pods: [alone] }, { expected: [expected('Pod')] })).phase).toBe('healthy');
  });
});
