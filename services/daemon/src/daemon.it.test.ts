import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDaemonRoom, type DaemonRoom } from './testing/daemon-room.ts';
import { deployment, kustomization, pod, replicaSet, warning } from './testing/objects.ts';

let room: DaemonRoom;

beforeEach(async () => {
  room = await openDaemonRoom();
});

afterEach(async () => {
  await room.stop();
});

const synced = (manager: DaemonRoom['manager']): boolean => manager.batches.some(({ daemon }) => daemon.synced);

describe('a cluster is told to the manager', () => {
  it('with everything that is there, and with what changes', async () => {
    const { cluster, manager } = room;
    const web = cluster.put(deployment('web', { ready: 0 }));
    const set = cluster.put(replicaSet('web-abc', web));
    cluster.put(pod('web-abc-1', set));
    cluster.put(kustomization('dev-web', { service: 'web' }));
    room.startDaemon();

    await manager.until(synced);
    const seen = await manager.until(() => manager.last('workload', 'web'));
    expect(seen).toMatchObject({ desired: 3, ready: 0, updateRevision: 'abc', stamp: { service: 'web' } });
    expect(await manager.until(() => manager.last('pod', 'web-abc-1'))).toMatchObject({
      workload: { kind: 'Deployment', name: 'web', uid: web.metadata.uid },
      revision: 'abc',
    });
    expect(await manager.until(() => manager.last('kustomization', 'dev-web'))).toMatchObject({ service: 'web' });

    cluster.patch('Deployment', 'shop', 'web', { status: { readyReplicas: 3, availableReplicas: 3 } });
    await manager.until(() => manager.last('workload', 'web')?.ready === 3);
    cluster.remove('Deployment', 'shop', 'web');
    await manager.until(() => manager.last('workload', 'web')?.deleted);
  });

  it('with the new rollout only when its ReplicaSet is the one that the Deployment speaks of', async () => {
    const { cluster, manager } = room;
    const web = cluster.put(deployment('web'));
    cluster.put(replicaSet('web-abc', web));
    room.startDaemon();
    await manager.until(() => manager.last('workload', 'web')?.updateRevision === 'abc');

    const revision = { 'deployment.kubernetes.io/revision': '2' };
    cluster.patch('Deployment', 'shop', 'web', { metadata: { annotations: revision } });
    await manager.until(() => {
      const facts = manager.last('workload', 'web');
      return facts !== undefined && facts.updateRevision === undefined;
    });
    cluster.put(replicaSet('web-def', web, 2));
    expect(await manager.until(() => manager.last('workload', 'web')?.updateRevision === 'def')).toBe(true);
  });

  it('with the Deployment of a pod also when its ReplicaSet comes later', async () => {
    const { cluster, manager } = room;
    const web = cluster.put(deployment('web'));
    room.startDaemon();
    await manager.until(synced);
    const set = { ...replicaSet('web-abc', web), metadata: { ...replicaSet('web-abc', web).metadata, uid: 'set-1' } };
    cluster.put(pod('web-abc-1', set));
    await manager.until(() => manager.last('pod', 'web-abc-1'));
    cluster.put(set);
    expect(await manager.until(() => manager.last('pod', 'web-abc-1')?.workload)).toMatchObject({ name: 'web' });
  });

  it('with a workload that somebody took our labels off, which is not deleted', async () => {
    const { cluster, manager } = room;
    cluster.put(deployment('web'));
    room.startDaemon();
    await manager.until(synced);
    const labels = { 'release-manager.io/managed': null, 'release-manager.io/service': null };
    const annotations = { 'release-manager.io/release-id': null };
    cluster.patch('Deployment', 'shop', 'web', { metadata: { labels, annotations } });
    const facts = await manager.until(() => {
      const last = manager.last('workload', 'web');
      return last?.stamp.service === '' && last;
    });
    expect(facts.deleted).toBeUndefined();
    const back = { 'release-manager.io/managed': 'true', 'release-manager.io/service': 'web' };
    cluster.patch('Deployment', 'shop', 'web', { metadata: { labels: back } });
    await manager.until(() => manager.last('workload', 'web')?.stamp.service === 'web');
    expect(manager.taken.filter(({ observation: one }) => 'deleted' in one)).toEqual([]);
  });

  it('with warnings about our objects, and nobody else’s', async () => {
    const { cluster, manager } = room;
    const web = cluster.put(deployment('web'));
    const stranger = cluster.put({ ...pod('stranger', undefined), metadata: { name: 'stranger', namespace: 'shop' } });
    cluster.put(warning('about-stranger', stranger));
    cluster.put(warning('about-web', web));
    room.startDaemon();
    expect(await manager.until(() => manager.last('warning', 'about-web'))).toMatchObject({
      reason: 'BackOff',
      service: 'web',
      about: { kind: 'Deployment', name: 'web' },
    });
    // The event comes before its object.
    const late = { ...pod('web-abc-9', undefined), metadata: { ...pod('web-abc-9', undefined).metadata, uid: 'late' } };
    cluster.put(warning('about-late', late));
    cluster.put(late);
    await manager.until(() => manager.last('warning', 'about-late'));
    expect(manager.last('warning', 'about-stranger')).toBeUndefined();
  });

  it('with deletions that were missed', async () => {
    const { cluster, manager } = room;
    cluster.put(deployment('web'));
    const old = cluster.put(deployment('old'));
    const stop = room.startDaemon();
    await manager.until(() => manager.last('workload', 'old'));
    await stop();
    cluster.remove('Deployment', 'shop', 'old');
    const before = manager.taken.length;
    room.startDaemon();
    const listing = await manager.until(() =>
      manager.taken
        .slice(before)
        .map(({ observation }) => observation)
        .find((one) => one.type === 'listing' && one.kind === 'Deployment'),
    );
    expect(listing).toMatchObject({ of: 'workload', uids: [cluster.get('Deployment', 'shop', 'web')?.metadata.uid] });
    expect(JSON.stringify(listing)).not.toContain(old.metadata.uid);
  });

  it('of some namespaces only, each listed by itself', async () => {
    const { cluster, manager } = room;
    cluster.put(deployment('web'));
    const other = deployment('other');
    cluster.put({ ...other, metadata: { ...other.metadata, namespace: 'elsewhere' } });
    room.startDaemon({ WATCH_NAMESPACES: 'shop, flux-system' });
    await manager.until(synced);
    await manager.until(() => manager.last('workload', 'web'));
    expect(manager.last('workload', 'other')).toBeUndefined();
    const namespaces = manager.taken.flatMap(({ observation: one }) =>
      one.type === 'listing' && one.kind === 'Deployment' ? one.namespace : [],
    );
    expect(new Set(namespaces)).toEqual(new Set(['flux-system', 'shop']));
    expect(cluster.requests.filter(({ path }) => !path.includes('/namespaces/'))).toEqual([]);
  });

  it('with kinds that are missing or forbidden named, and found when they come', async () => {
    const { cluster, manager } = room;
    cluster.uninstall('ExternalArtifact');
    cluster.beforeRequest(({ path }) =>
      path.endsWith('/cronjobs') ? { status: 403, message: 'cronjobs.batch is forbidden' } : undefined,
    );
    room.startDaemon();
    await manager.until(synced);
    const { daemon } = await manager.until(() => manager.batches.find((batch) => batch.daemon.synced));
    expect(daemon.unwatched).toEqual([
      { kind: 'ExternalArtifact', why: 'The API server knows no such kind.' },
      { kind: 'CronJob', why: 'cronjobs.batch is forbidden' },
    ]);
    expect(daemon.hasArtifactGenerators).toBe(true);
    expect(daemon.hasExternalArtifacts).toBe(false);
    cluster.beforeRequest(undefined);
    const externalArtifact = { plural: 'externalartifacts', kind: 'ExternalArtifact', version: 'v1', namespaced: true };
    cluster.install({ ...externalArtifact, group: 'source.toolkit.fluxcd.io' });
    await manager.until(() => manager.batches.at(-1)?.daemon.unwatched.length === 0);
    await manager.until(() => manager.batches.at(-1)?.daemon.hasExternalArtifacts);
  });
});

describe('a manager that is away, or forgot', () => {
  it('is told everything in order when it is back', async () => {
    const { cluster, manager } = room;
    let down = true;
    manager.onBatch(() => (down ? 'down' : undefined));
    cluster.put(deployment('web', { ready: 0 }));
    room.startDaemon();
    await manager.until(() => cluster.watches.length >= 12);
    for (const ready of [1, 2, 3]) cluster.patch('Deployment', 'shop', 'web', { status: { readyReplicas: ready } });
    down = false;
    expect(await manager.until(() => manager.last('workload', 'web')?.ready === 3)).toBe(true);
  });

  it('that loses its answers takes nothing twice', async () => {
    const { cluster, manager } = room;
    let batches = 0;
    manager.onBatch(() => ((batches += 1) % 2 === 1 ? 'lose-answer' : undefined));
    for (const name of ['a', 'b', 'c']) cluster.put(deployment(name));
    room.startDaemon();
    await manager.until(synced);
    await manager.until(() => manager.last('workload', 'c'));
    const sequences = manager.taken.map(({ sequence }) => sequence);
    expect(new Set(sequences).size).toBe(sequences.length);
  });

  it('that lost its database is told everything again by a new outbox', async () => {
    const { cluster, manager } = room;
    cluster.put(deployment('web'));
    room.startDaemon();
    await manager.until(synced);
    await manager.until(() => manager.last('workload', 'web') && manager.batches.at(-1)?.observations.length === 0);
    const first = manager.taken[0]?.outbox;
    manager.forget();
    const again = await manager.until(() =>
      manager.taken.find((one) => one.outbox !== first && one.observation.type === 'workload'),
    );
    expect(again.observation).toMatchObject({ object: { name: 'web' } });
  });

  it('that refuses one observation takes all others', async () => {
    const { cluster, manager } = room;
    for (const name of ['a', 'bad', 'c']) cluster.put(deployment(name));
    manager.onBatch(({ observations }) =>
      observations.some(({ observation: one }) => 'object' in one && one.object.name === 'bad') ? 'refuse' : undefined,
    );
    room.startDaemon();
    await manager.until(() => manager.last('workload', 'c'));
    await manager.until(() => manager.batches.at(-1)?.daemon.backlog === 0 && synced(manager));
    expect(manager.last('workload', 'a')).toBeDefined();
    expect(manager.last('workload', 'bad')).toBeUndefined();
  });
});
