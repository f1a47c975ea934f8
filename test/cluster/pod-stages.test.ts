import { afterAll, beforeAll, expect, it } from 'vitest';

import type { Scenario } from './support/index.ts';
import { at, deployment, describeCluster, job, namespace, sharedCluster, type ClusterAccess } from './support/index.ts';

const home = 'pod-stages';

/** What the status of a pod says once the scenario has come about, and the reason of the event that tells of it. */
const waiting: readonly (readonly [scenario: Scenario, reason: string, event: string])[] = [
  ['crash-loop', 'CrashLoopBackOff', 'BackOff'],
  ['oom-killed', 'CrashLoopBackOff', 'BackOff'],
  ['liveness-failed', 'CrashLoopBackOff', 'Unhealthy'],
  ['image-pull', 'ImagePullBackOff', 'BackOff'],
  ['config-error', 'CreateContainerConfigError', 'Failed'],
  ['start-error', 'RunContainerError', 'Failed'],
  ['mount-failed', 'ContainerCreating', 'FailedMount'],
  ['init-crash', 'PodInitializing', 'BackOff'],
];

describeCluster('what pods do', () => {
  let cluster: ClusterAccess;
  beforeAll(async () => {
    cluster = sharedCluster();
    await cluster.client.apply(namespace(home));
  });
  afterAll(async () => {
    await cluster.client.delete({ kind: 'Namespace', name: home });
    cluster.client.close();
  });

  const container = (pod: unknown, ...path: string[]): unknown => at(pod, 'status', 'containerStatuses', 0, ...path);
  const run = async (scenario: Scenario): Promise<void> => {
    const object = deployment({ name: scenario, namespace: home, scenario, init: scenario === 'init-crash' });
    await cluster.client.apply(object);
  };

  it.each(waiting)('%s: waits as %s, and the event %s says so', async (scenario, reason, event) => {
    await run(scenario);
    const [pod] = await cluster.client.untilAll(
      { kind: 'Pod', namespace: home, labels: `app=${scenario}` },
      ([found]) => container(found, 'state', 'waiting', 'reason') === reason,
    );
    const events = await cluster.client.untilAll(
      { kind: 'Event', namespace: home, fields: `involvedObject.name=${pod?.metadata.name ?? ''},reason=${event}` },
      (found) => found.length > 0,
    );
    expect(events[0]).toMatchObject({ type: 'Warning', reason: event });
  });

  it('oom-killed: says what killed it', async () => {
    const [pod] = await cluster.client.list({ kind: 'Pod', namespace: home, labels: 'app=oom-killed' });
    expect(container(pod, 'lastState', 'terminated')).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
  });

  it('never-ready: runs and is not ready', async () => {
    await run('never-ready');
    const [pod] = await cluster.client.untilAll(
      { kind: 'Pod', namespace: home, labels: 'app=never-ready' },
      ([found]) => container(found, 'state', 'running') !== undefined,
    );
    expect(container(pod, 'ready')).toBe(false);
  });

  it('evicted: the node gives up a running pod, and there is a new one', async () => {
    await cluster.client.apply(deployment({ name: 'moved', namespace: home }));
    const [old] = await cluster.client.untilAll({ kind: 'Pod', namespace: home, labels: 'app=moved' }, ([pod]) => {
      return container(pod, 'ready') === true;
    });
    const name = old?.metadata.name ?? '';
    await cluster.client.patch(
      { kind: 'Pod', namespace: home, name },
      { metadata: { labels: { scenario: 'evicted' } } },
    );
    const pods = await cluster.client.untilAll({ kind: 'Pod', namespace: home, labels: 'app=moved' }, (found) => {
      const evicted = found.find((pod) => pod.metadata.name === name);
      return at(evicted, 'status', 'reason') === 'Evicted' && found.some((pod) => container(pod, 'ready') === true);
    });
    expect(pods).toHaveLength(2);
  });

  it('stuck-terminating: is not gone before somebody forces it', async () => {
    await run('stuck-terminating');
    const selection = { kind: 'Pod', namespace: home, labels: 'app=stuck-terminating' } as const;
    const [pod] = await cluster.client.untilAll(selection, ([found]) => container(found, 'ready') === true);
    await cluster.client.delete({ kind: 'Deployment', namespace: home, name: 'stuck-terminating' });
    const [stuck] = await cluster.client.untilAll(
      selection,
      ([found]) => found?.metadata.deletionTimestamp !== undefined,
    );
    expect(stuck?.metadata.uid).toBe(pod?.metadata.uid);
    await cluster.client.delete({ kind: 'Pod', namespace: home, name: pod?.metadata.name ?? '' }, { force: true });
    await cluster.client.untilAll(selection, (pods) => pods.length === 0);
  });

  it('ready-delay and run-for: take the time that they are given', async () => {
    const slow = deployment({ name: 'slow', namespace: home, podAnnotations: { 'ready-delay': '1h' } });
    const long = job({ name: 'long', namespace: home, podAnnotations: { 'run-for': '1h' } });
    const quick = deployment({ name: 'quick', namespace: home, podAnnotations: { 'ready-delay': '1s' } });
    await cluster.client.apply(slow, long, quick);
    await cluster.client.until({ kind: 'Deployment', namespace: home, name: 'quick' }, (object) => {
      return at(object, 'status', 'readyReplicas') === 1;
    });
    await cluster.client.until(
      { kind: 'Job', namespace: home, name: 'long' },
      (object) => at(object, 'status', 'ready') === 1,
    );
    const [pod] = await cluster.client.list({ kind: 'Pod', namespace: home, labels: 'app=slow' });
    expect(at(pod, 'status', 'phase')).toBe('Pending');
  });
});
