import { describe, expect, test } from 'vitest';

import { container, crashed, deployment, pod, waiting } from '../facts.testing.ts';
import { judgeCluster } from './judge-cluster.ts';
import { at, judgeUntil, release, subject } from './subject.testing.ts';
import type { ClusterFacts } from './subject.ts';
import { broken, inPod, killed } from './troubles.testing.ts';

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
