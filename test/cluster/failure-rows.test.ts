import { setTimeout } from 'node:timers/promises';

import type { ReleaseView } from '@release-manager/contract';
import { referenceOf } from '@release-manager/testing/control-plane';
import { afterAll, beforeAll, expect, it } from 'vitest';

import {
  admissionRule,
  failureRows,
  handMade,
  narrowNamespaces,
  spoilByHand,
  type FailureRow,
} from './support/failure-rows.ts';
import {
  deployment,
  describeCluster,
  KubeError,
  sharedCluster,
  type ClusterAccess,
  type KubeClient,
} from './support/index.ts';
import { createServiceTeam, type ServiceTeam } from './support/service-team.ts';
import { startWholeInstallation, type WholeInstallation } from './support/whole-installation.ts';

const home = 'rows';
const calm = deployment({ name: 'calm', namespace: home, replicas: 2 });
const rows = failureRows(home);

/** The API server takes a while to know a new admission policy. */
async function untilRefused(client: KubeClient): Promise<void> {
  const path = '/api/v1/namespaces/default/configmaps';
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'forbidden' } };
  const deadline = Date.now() + 60_000;
  for (;;) {
    const answer = await client
      .request({ method: 'POST', path, query: { dryRun: 'All' }, body })
      .catch((error: unknown) => error);
    if (answer instanceof KubeError) return;
    if (Date.now() > deadline) throw new Error('the admission policy does not work');
    await setTimeout(100);
  }
}

/**
 * Every failure that a real control plane with real Flux can have, all at once: each service has its own, and one has none.
 * What takes minutes until it is a failure is only seen to be recognised here; the graces are those of the tables of the rules.
 */
describeCluster('every kind of failure is recognised and named', () => {
  let cluster: ClusterAccess;
  let all: WholeInstallation;
  let team: ServiceTeam;
  let stop: (() => Promise<void>) | undefined;
  const releases = new Map<string, string>();
  let pods: string[] = [];

  beforeAll(async () => {
    cluster = sharedCluster();
    await cluster.client.apply(...narrowNamespaces, ...admissionRule);
    await untilRefused(cluster.client);
    all = await startWholeInstallation(cluster, { environment: { name: 'prod' }, files: handMade(home) });
    stop = () => all.stop();
    team = createServiceTeam({ ...all, environment: 'prod' });
    const before = rows.filter(({ before: objects }) => objects !== undefined);
    await shipAll([
      { service: 'calm', objects: [calm] },
      ...before.map((row) => ({ ...row, objects: row.before ?? [] })),
    ]);
    const healthy = (view: ReleaseView): boolean => view.state === 'healthy';
    const others = shipAll(rows.filter((row) => row.before === undefined));
    await Promise.all(['calm', ...before.map(({ service }) => service)].map((each) => until(each, healthy)));
    pods = await podsOf('calm');
    await Promise.all([shipAll(before), others]);
    await Promise.all(rows.map(({ service }) => until(service, ({ commit }) => commit !== undefined)));
    await spoilByHand(all.flux.clone, home);
    await all.flux.poke();
  });
  afterAll(async () => {
    // The rule first: what it protects has to go as well.
    for (const object of admissionRule) await cluster.client.delete(referenceOf(object));
    const stuck = { kind: 'Pod', namespace: home, labels: 'scenario=stuck-terminating' } as const;
    for (const { metadata } of await cluster.client.list(stuck))
      await cluster.client.delete({ kind: 'Pod', namespace: home, name: metadata.name }, { force: true });
    await stop?.();
    const namespaces = narrowNamespaces.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name);
    for (const name of [home, ...namespaces]) await cluster.client.delete({ kind: 'Namespace', name });
    cluster.client.close();
  });

  async function shipAll(wishes: readonly Pick<FailureRow, 'service' | 'namespace' | 'objects'>[]): Promise<void> {
    await Promise.all(
      wishes.map(async ({ service, namespace = home, objects }) => {
        releases.set(service, await team.ship({ service, namespace, objects }));
      }),
    );
  }
  const until = (service: string, predicate: (view: ReleaseView) => boolean): Promise<ReleaseView> =>
    team.until(releases.get(service) ?? '', predicate);
  const podsOf = async (service: string): Promise<string[]> =>
    (await cluster.client.list({ kind: 'Pod', namespace: home, labels: `app=${service}` })).map(
      ({ metadata }) => metadata.uid ?? '',
    );

  it.each(rows.filter(({ state }) => state === 'failed'))('$service: fails as $code', async (row) => {
    const { failure } = await until(row.service, ({ state }) => state === 'failed' || state === 'healthy');
    expect(failure).toMatchObject({ code: row.code, message: expect.stringMatching(row.message) as string });
  });

  it.each(rows.filter(({ state }) => state !== 'failed'))('$service: waits, and $code is said', async (row) => {
    const { rollout } = await until(
      row.service,
      // Where the machine is slow, the grace of what lasts may be over as well.
      (view) => [row.state, 'failed'].includes(view.state) && view.rollout?.clusters[0]?.why?.code === row.code,
    );
    expect(rollout?.clusters[0]?.why?.message).toMatch(row.message);
  });

  it('who has nothing to do with it stays healthy, and keeps its pods', async () => {
    expect(await team.show(releases.get('calm') ?? '')).toMatchObject({ state: 'healthy' });
    expect(await podsOf('calm')).toEqual(pods);
    const kinds = (await team.ledger('calm')).map(({ kind }) => kind);
    expect(kinds.filter((kind) => /incident|failed/.test(kind))).toEqual([]);
  });
});
