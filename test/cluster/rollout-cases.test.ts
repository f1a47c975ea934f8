import { listLedger, type ReleaseView } from '@release-manager/contract';
import type { Fields, Reference } from '@release-manager/testing/control-plane';
import { afterAll, beforeAll, expect, it } from 'vitest';

import {
  at,
  deployment,
  describeCluster,
  isTrue,
  job,
  namespace,
  sharedCluster,
  type ClusterAccess,
  type KubeObject,
  type Scenario,
} from './support/index.ts';
import { untilHealed } from './support/scenario-label.ts';
import { createServiceTeam, type ServiceTeam } from './support/service-team.ts';
import { tree, treeKind, treeRights } from './support/tree-kind.ts';
import { startWholeInstallation, type WholeInstallation } from './support/whole-installation.ts';

const home = 'cases';

/** What is odd about rollouts, each on a service of its own, all in one cluster with real Flux. */
describeCluster('rollouts that are not like the others', () => {
  let cluster: ClusterAccess;
  let all: WholeInstallation;
  let team: ServiceTeam;
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    cluster = sharedCluster();
    await cluster.client.apply(namespace(home), treeKind);
    await cluster.client.until({ kind: 'CustomResourceDefinition', name: treeKind.metadata.name }, (definition) =>
      isTrue(definition, 'Established'),
    );
    await cluster.client.apply(...treeRights);
    all = await startWholeInstallation(cluster, { environment: { name: 'prod' } });
    stop = () => all.stop();
    team = createServiceTeam({ ...all, environment: 'prod' });
  });
  afterAll(async () => {
    await stop?.();
    await cluster.client.delete({ kind: 'Namespace', name: home });
    for (const { kind, metadata } of treeRights)
      await cluster.client.delete({ kind: kind as 'ClusterRole', name: metadata.name });
    await cluster.client.delete({ kind: 'CustomResourceDefinition', name: treeKind.metadata.name });
    cluster.client.close();
  });

  const web = (name: string, options: { scenario?: Scenario; replicas?: number; image?: string } = {}): KubeObject =>
    deployment({ name, namespace: home, ...options });
  const withSpec = (object: KubeObject, spec: Fields): KubeObject => ({ ...object, spec: { ...object.spec, ...spec } });
  const ship = (service: string, ...objects: readonly KubeObject[]): Promise<string> =>
    team.ship({ service, namespace: home, objects });
  const until = (id: string, state: ReleaseView['state'], says?: RegExp): Promise<ReleaseView> =>
    team.until(id, (view) => view.state === state && (says === undefined || says.test(sayings(view))));
  const shipped = async (service: string, ...objects: readonly KubeObject[]): Promise<ReleaseView> =>
    until(await ship(service, ...objects), 'healthy');
  const kustomization = (service: string): Reference => all.flux.kustomization('prod', service);
  const podsOf = (app: string): Promise<KubeObject[]> =>
    cluster.client.list({ kind: 'Pod', namespace: home, labels: `app=${app}` });
  const uidsOf = async (app: string): Promise<string[]> =>
    (await podsOf(app)).map(({ metadata }) => metadata.uid ?? '').toSorted();
  const act = async (app: string, scenario: Scenario): Promise<void> => {
    for (const { metadata } of await podsOf(app))
      await cluster.client.patch(
        { kind: 'Pod', namespace: home, name: metadata.name },
        { metadata: { labels: { scenario } } },
      );
  };
  const heal = async (app: string, release: string): Promise<ReleaseView> =>
    untilHealed(cluster.client, { namespace: home, app }, () => until(release, 'healthy'));
  const kinds = async (service: string): Promise<string[]> => (await team.ledger(service)).map(({ kind }) => kind);
  const reconcile = (service: string): Promise<unknown> =>
    cluster.client.patch(kustomization(service), {
      metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() } },
    });

  // Whoever polls takes the `expect` of their own test: the other one is lost when another test ends meanwhile.
  // Drift stands for a minute before it is told of, so it is the first. Flux would put it right with the next commit of anybody.
  it.concurrent('what somebody scales by hand is drift, and ends when Flux puts it right', async ({ expect }) => {
    await shipped('drifting', web('drifting'));
    const place = { kind: 'Deployment', namespace: home, name: 'drifting' } as const;
    const flux = (value: string | null) => ({ annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': value } });
    const drift = async () => (await team.ledger('drifting')).filter(({ kind }) => kind.startsWith('drift.'));
    const told = async (): Promise<string[]> => (await drift()).map(({ kind }) => kind);
    await cluster.client.patch(place, { metadata: flux('disabled'), spec: { replicas: 2 } });
    await expect.poll(told, { timeout: 240_000, interval: 500 }).toEqual(['drift.found']);
    expect((await drift())[0]?.details).toMatchObject({
      object: `Deployment ${home}/drifting`,
      field: 'replicas',
      wanted: '1',
      live: '2',
    });
    await cluster.client.patch(place, { metadata: flux(null) });
    await reconcile('drifting');
    await expect.poll(told, { timeout: 240_000, interval: 500 }).toEqual(['drift.found', 'drift.ended']);
    // Nothing of all that Flux, controllers and the other cases do here is taken for it.
    const { items } = await all.api.call(listLedger, { limit: 500 });
    const drifted = items.filter(({ kind }) => kind.startsWith('drift.')).map(({ service }) => service);
    expect(drifted).toEqual(['drifting', 'drifting']);
  });

  it.concurrent('an autoscaler that changes the replicas in the middle of a rollout is followed', async () => {
    const { replicas: _, ...spec } = web('scaled').spec ?? {};
    await shipped('scaled', { ...web('scaled'), spec });
    const { replicas: __, ...next } = web('scaled', { scenario: 'never-ready', image: 'scaled:2' }).spec ?? {};
    const release = await ship('scaled', { ...web('scaled'), spec: next });
    await until(release, 'rolling-out');
    await cluster.client.patch(
      { kind: 'Deployment', namespace: home, name: 'scaled' },
      { spec: { replicas: 3 } },
      'scale',
    );
    const healthy = await heal('scaled', release);
    expect(workloads(healthy)).toMatchObject([{ done: 3, wanted: 3 }]);
  });

  // Flux sets what is in git again with each commit of anybody, so it is a release that resumes it.
  it.concurrent('a paused Deployment is waited for without a deadline, until somebody resumes it', async () => {
    const release = await ship('paused', withSpec(web('paused'), { paused: true, progressDeadlineSeconds: 1 }));
    await until(release, 'rolling-out', /is paused: it goes on when somebody resumes it/);
    expect(workloads(await shipped('paused', web('paused')))).toMatchObject([{ done: 1, wanted: 1 }]);
    expect(await team.show(release)).toMatchObject({ state: 'superseded' });
  });

  it.concurrent('zero replicas are done at once', async () => {
    expect(workloads(await shipped('zero', web('zero', { replicas: 0 })))).toMatchObject([{ done: 0, wanted: 0 }]);
  });

  it.concurrent('a StatefulSet with a partition is done when the pods above it are new', async () => {
    const set = (image: string): KubeObject => {
      const { spec } = web('parted', { replicas: 3, image });
      const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 2 } };
      return { ...web('parted'), kind: 'StatefulSet', spec: { ...spec, serviceName: 'parted', updateStrategy } };
    };
    await shipped('parted', set('parted:1'));
    const [workload] = workloads(await shipped('parted', set('parted:2')));
    expect(workload).toMatchObject({ done: 1, wanted: 1, says: expect.stringMatching(/2 stay on the old/) as string });
  });

  it.concurrent.each(['DaemonSet', 'StatefulSet'])(
    '%s with OnDelete: the old pods are somebody’s to delete',
    async (kind) => {
      const service = `on-delete-${kind.toLowerCase()}`;
      const object = (image: string): KubeObject => {
        const { replicas, ...spec } = web(service, { image }).spec ?? {};
        const more = kind === 'StatefulSet' ? { serviceName: service, replicas } : {};
        return { ...web(service), kind, spec: { ...spec, ...more, updateStrategy: { type: 'OnDelete' } } };
      };
      await shipped(service, object('one:1'));
      const before = await uidsOf(service);
      const [workload] = workloads(await shipped(service, object('one:2')));
      expect(workload?.says).toMatch(/the others change when somebody deletes them \(OnDelete\)/);
      expect(await uidsOf(service)).toEqual(before);
    },
  );

  it.concurrent('an object that is made anew under its name is the one that counts', async () => {
    const release = await ship('anew', web('anew', { scenario: 'never-ready' }));
    await until(release, 'rolling-out', /0 of 1/);
    const place = { kind: 'Deployment', namespace: home, name: 'anew' } as const;
    const old = await cluster.client.get(place);
    await cluster.client.delete(place);
    await reconcile('anew');
    await cluster.client.until(place, (object) => object !== undefined && object.metadata.uid !== old.metadata.uid);
    expect(workloads(await heal('anew', release))).toMatchObject([{ state: 'done', done: 1 }]);
  });

  it.concurrent('of two releases in a row the later one ends the watching of the first', async () => {
    const first = await ship('twice', web('twice', { scenario: 'never-ready' }));
    await until(first, 'rolling-out');
    const second = await ship('twice', web('twice', { image: 'twice:2' }));
    expect(await until(first, 'superseded')).toMatchObject({ supersededBy: second });
    await until(second, 'healthy');
  });

  it.concurrent('a workload that still is another release’s is waited for, and whose it is is said', async () => {
    const { id: first } = await shipped('frozen', web('frozen'));
    const place = { kind: 'Deployment', namespace: home, name: 'frozen' } as const;
    const freeze = (value: string | null): Promise<unknown> =>
      cluster.client.patch(place, { metadata: { annotations: { 'kustomize.toolkit.fluxcd.io/reconcile': value } } });
    await freeze('disabled');
    const second = await ship('frozen', web('frozen', { image: 'frozen:2' }));
    await until(second, 'applied', new RegExp(`still is of ${first}`));
    await freeze(null);
    await reconcile('frozen');
    expect(workloads(await until(second, 'healthy'))).toMatchObject([{ state: 'done', done: 1 }]);
  });

  it.concurrent('an artifact without workloads is healthy when it is applied', async () => {
    const { rollout } = await shipped('texts', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'texts' } });
    expect(rollout?.clusters[0]?.says).toBe('applied; it has no workloads');
  });

  it.concurrent('a Job that its TTL takes at once was complete', async () => {
    const object = withSpec(job({ name: 'short', namespace: home }), { ttlSecondsAfterFinished: 0 });
    const { id } = await shipped('short', object);
    await cluster.client.until({ kind: 'Job', namespace: home, name: 'short' }, (found) => found === undefined);
    expect(await team.show(id)).toMatchObject({ state: 'healthy' });
  });

  it.concurrent('a CronJob is scheduled', async () => {
    const { template } = job({ name: 'nightly', namespace: home }).spec ?? {};
    const object = {
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { name: 'nightly' },
      spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template } } },
    };
    expect(workloads(await shipped('nightly', object))).toMatchObject([{ kind: 'CronJob', says: 'is scheduled' }]);
  });

  /** A tree that is there before Flux comes, as its controller sees it. */
  async function plantTree(name: string, type: string, status: string, message: string) {
    const place = { kind: { apiVersion: tree.apiVersion, kind: tree.kind }, namespace: home, name };
    const say = (told: { readonly type: string; readonly status: string; readonly message: string }) => {
      const condition = { ...told, reason: 'Grown', lastTransitionTime: new Date().toISOString() };
      return cluster.client.patch(place, { status: { conditions: [condition] } }, 'status');
    };
    await cluster.client.create({ ...tree, metadata: { name, namespace: home } });
    await say({ type, status, message });
    return { object: { ...tree, metadata: { name } }, say };
  }

  it.concurrent('a custom resource is waited for until it is ready', async () => {
    const { object, say } = await plantTree('oak', 'Ready', 'False', 'it has no leaves yet');
    const release = await ship('oaks', object);
    await until(release, 'rolling-out', /it has no leaves yet/);
    await say({ type: 'Ready', status: 'True', message: 'green' });
    expect(await until(release, 'healthy')).toMatchObject({ rollout: { clusters: [{ phase: 'healthy' }] } });
  });

  it.concurrent('a custom resource that says it is stalled fails the release', async () => {
    const { object } = await plantTree('elm', 'Stalled', 'True', 'it has a beetle');
    const { failure } = await until(await ship('elms', object), 'failed');
    expect(failure).toMatchObject({ code: 'other.stalled', message: `Tree ${home}/elm: it has a beetle` });
  });

  it.concurrent('what failed and heals has recovered', async () => {
    const object = withSpec(web('healing', { scenario: 'never-ready' }), { progressDeadlineSeconds: 5 });
    const release = await ship('healing', object);
    expect((await until(release, 'failed')).failure).toMatchObject({ code: 'pod.not-ready' });
    await heal('healing', release);
    expect(await kinds('healing')).toContain('release.recovered');
  });

  it.concurrent('a crash after it was healthy is an incident, which ends when it is well again', async ({ expect }) => {
    const { id } = await shipped('late', web('late'));
    await act('late', 'crash-loop');
    await expect.poll(() => kinds('late'), { timeout: 240_000, interval: 500 }).toContain('incident.opened');
    expect(await team.show(id)).toMatchObject({ state: 'healthy' });
    await untilHealed(cluster.client, { namespace: home, app: 'late' }, () =>
      expect.poll(() => kinds('late'), { timeout: 240_000, interval: 500 }).toContain('incident.closed'),
    );
    const told = (await kinds('late')).filter((kind) => kind.startsWith('incident.'));
    expect(told).toEqual(['incident.opened', 'incident.closed']);
  });

  it.concurrent('no success while an old pod crashes although the templates are unchanged', async () => {
    await shipped('stale', web('stale'));
    const before = await uidsOf('stale');
    await act('stale', 'crash-loop');
    await cluster.client.untilAll({ kind: 'Pod', namespace: home, labels: 'app=stale' }, ([pod]) =>
      JSON.stringify(pod?.status).includes('CrashLoopBackOff'),
    );
    const text = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'stale' } };
    const release = await ship('stale', web('stale'), text);
    const view = await team.until(release, ({ state }) => state === 'failed' || state === 'healthy');
    expect(view).toMatchObject({ state: 'failed', failure: { code: 'pod.crash-loop' } });
    expect(await uidsOf('stale')).toEqual(before);
  });

  it.concurrent('what is left of a pod that was thrown out means nothing once another is up', async () => {
    await shipped('evicted', web('evicted'));
    await act('evicted', 'evicted');
    const isUp = (pod: KubeObject): boolean => at(pod, 'status', 'phase') === 'Running';
    await cluster.client.untilAll({ kind: 'Pod', namespace: home, labels: 'app=evicted' }, (pods) => pods.some(isUp));
    const text = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'evicted' } };
    expect(workloads(await shipped('evicted', web('evicted'), text))).toMatchObject([{ done: 1, wanted: 1 }]);
  });

  it.concurrent('an undeploy waits for what hangs on a finalizer, and names it', async () => {
    const held = web('held');
    await shipped('held', { ...held, metadata: { ...held.metadata, finalizers: ['shop.example.com/hold'] } });
    const release = await team.undeploy('held');
    const place = { kind: 'Deployment', namespace: home, name: 'held' } as const;
    const view = await team.until(release, ({ rollout }) => rollout?.clusters[0]?.why?.code === 'undeploy.finalizer');
    expect(view.rollout?.clusters[0]?.why?.message).toContain('shop.example.com/hold');
    await cluster.client.patch(place, { metadata: { finalizers: null } });
    await until(release, 'healthy');
    expect(await cluster.client.find(place)).toBeUndefined();
  });
});

function workloads({ rollout }: ReleaseView) {
  return rollout?.clusters.flatMap((each) => each.workloads) ?? [];
}

/** Everything that a release says of itself. */
function sayings({ says, rollout }: ReleaseView): string {
  return [says, ...(rollout?.clusters ?? []).flatMap((each) => [each.says, each.why?.message])].join('\n');
}
