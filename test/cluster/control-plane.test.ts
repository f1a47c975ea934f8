import { expect, it } from 'vitest';

import {
  at,
  deployment,
  describeCluster,
  job,
  namespace,
  nodeCapacity,
  ownCluster,
  sharedCluster,
} from './support/index.ts';

describeCluster('a control plane', () => {
  const own = ownCluster({ name: 'own' });

  it('rolls a Deployment out, and plays what its pods do', async () => {
    const cluster = own();
    const { client } = cluster;
    await client.apply(namespace('shop'), deployment({ name: 'web', namespace: 'shop', replicas: 5 }));
    const web = { kind: 'Deployment', namespace: 'shop', name: 'web' } as const;
    await client.until(web, (object) => at(object, 'status', 'readyReplicas') === 5);

    const [pod] = await client.list({ kind: 'Pod', namespace: 'shop', labels: 'app=web' });
    const reference = { kind: 'Pod', namespace: 'shop', name: pod?.metadata.name ?? '' } as const;
    const container = (object: unknown, ...path: string[]): unknown =>
      at(object, 'status', 'containerStatuses', 0, ...path);
    await client.patch(reference, { metadata: { labels: { scenario: 'crash-loop' } } });
    await client.until(reference, (object) => container(object, 'state', 'waiting', 'reason') === 'CrashLoopBackOff');
    await client.until(web, (object) => at(object, 'status', 'readyReplicas') === 4);
    await cluster.writeLogs({
      namespace: 'shop',
      container: 'web',
      current: ['starting'],
      previous: ['Error: no settings'],
    });
    const log = { namespace: 'shop', pod: reference.name, container: 'web' };
    expect(await client.podLog({ ...log, previous: true })).toBe('Error: no settings\n');
    expect(await client.podLog(log)).toBe('starting\n');

    await client.patch(reference, { metadata: { labels: { scenario: null } } });
    const healed = await client.until(reference, (object) => container(object, 'ready') === true);
    expect(container(healed, 'restartCount')).toBe(1);
    expect(container(healed, 'lastState', 'terminated', 'exitCode')).toBe(1);
  });

  it('says itself what needs no kubelet: a pod without room, a Job that has given up', async () => {
    const { client } = own();
    const large = deployment({ name: 'large', namespace: 'jobs' });
    const limits = { requests: { cpu: String(Number(nodeCapacity.cpu) + 1) } };
    const template = {
      metadata: { labels: { app: 'large' } },
      spec: { containers: [{ name: 'large', image: 'large:1', resources: limits }] },
    };
    await client.apply(
      namespace('jobs'),
      job({ name: 'good', namespace: 'jobs' }),
      job({ name: 'bad', namespace: 'jobs', scenario: 'job-failed' }),
      { ...large, spec: { ...large.spec, template } },
    );
    await client.until(
      { kind: 'Job', namespace: 'jobs', name: 'good' },
      (object) => at(object, 'status', 'succeeded') === 1,
    );
    const failed = await client.until({ kind: 'Job', namespace: 'jobs', name: 'bad' }, (object) =>
      JSON.stringify(at(object, 'status', 'conditions') ?? '').includes('"Failed"'),
    );
    expect(JSON.stringify(failed.status)).toContain('BackoffLimitExceeded');
    await client.untilAll({ kind: 'Pod', namespace: 'jobs', labels: 'app=large' }, ([pod]) =>
      JSON.stringify(pod?.status ?? '').includes('Insufficient cpu'),
    );
  });

  it('goes on where it was after its API server was killed', async () => {
    const cluster = own();
    await cluster.client.apply(namespace('before'));
    await cluster.restartApiServer('SIGKILL');
    expect(await cluster.client.find({ kind: 'Namespace', name: 'before' })).toBeDefined();
    await cluster.client.apply(deployment({ name: 'after', namespace: 'before' }));
    await cluster.client.until(
      { kind: 'Deployment', namespace: 'before', name: 'after' },
      (object) => at(object, 'status', 'readyReplicas') === 1,
    );
  });

  it('is not the other cluster of this machine', async () => {
    const other = sharedCluster();
    await own().client.apply(namespace('only-here'));
    expect(await other.client.find({ kind: 'Namespace', name: 'only-here' })).toBeUndefined();
    expect(other.connection.url).not.toBe(own().connection.url);
    expect(await other.client.list({ kind: 'Node' })).toHaveLength(1);
  });

  it('gives a service account the rights that it was given, and no more', async () => {
    const cluster = own();
    const account = { namespace: 'accounts', name: 'default' };
    await cluster.client.apply(namespace('accounts'));
    await cluster.client.until({ kind: 'ServiceAccount', ...account }, (object) => object !== undefined);
    const limited = await cluster.clientAs(account);
    await expect(limited.list({ kind: 'Pod' })).rejects.toMatchObject({ code: 403, reason: 'Forbidden' });
    limited.close();
  });
});
