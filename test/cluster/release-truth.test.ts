import { showRelease, type ReleaseView } from '@release-manager/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { makeArtifact } from '../support/make-artifact.ts';
import { describeCluster, sharedCluster, type ClusterAccess, type Scenario } from './support/index.ts';
import { startWholeInstallation, type WholeInstallation } from './support/whole-installation.ts';

const services = ['web', 'api', 'cart', 'mail'];
const autoRelease = (service: string): string =>
  `service: ${service}\npolicies:\n  - { kind: auto-release, branch: main, environment: prod }\n`;

interface Wish {
  readonly scenario?: Scenario;
  readonly image?: string;
  readonly replicas?: string;
}

/** As CI renders it: nothing in it knows of releases. */
function manifests(
  service: string,
  { scenario, image = `${service}:1`, replicas = '5' }: Wish,
): Record<string, string> {
  const label = scenario === undefined ? '' : `, scenario: ${scenario}`;
  return {
    'prod/workloads.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${service} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${service} } }
  template:
    metadata: { labels: { app: ${service}${label} } }
    spec: { containers: [{ name: ${service}, image: "${image}" }] }
---
apiVersion: batch/v1
kind: Job
metadata: { name: ${service}-migrate }
spec:
  template:
    spec: { restartPolicy: Never, containers: [{ name: migrate, image: "migrate:1" }] }
`,
  };
}

describeCluster('from a merge to the truth', () => {
  describe.each(['plain', 'sliced'] as const)('in the %s layout', (layout) => {
    const namespace = `truth-${layout}`;
    let cluster: ClusterAccess;
    let all: WholeInstallation;
    let stop: (() => Promise<void>) | undefined;
    let run = 0;

    beforeAll(async () => {
      cluster = sharedCluster();
      all = await startWholeInstallation(cluster, {
        environment: { name: 'prod', layout },
        files: Object.fromEntries(services.map((service) => [`policies/${service}.yaml`, autoRelease(service)])),
      });
      stop = () => all.stop();
    });
    afterAll(async () => {
      await stop?.();
      cluster.client.close();
    });

    /** A merge on main: CI renders and pushes, everything else happens by itself. */
    async function merge(service: string, wish: Wish, state: ReleaseView['state']): Promise<ReleaseView> {
      run += 1;
      const files = manifests(service, wish);
      const artifact = await makeArtifact({ service, branch: 'main', run, files, namespace });
      await all.client.upload(artifact);
      const target = { service, environment: 'prod', artifact: artifact.spec.id };
      const { id } = await all.untilRelease(target, state);
      return all.api.call(showRelease, { id });
    }
    const uids = async (kind: 'Pod' | 'Job'): Promise<string[]> =>
      (await cluster.client.list({ kind, namespace })).map(({ metadata }) => metadata.uid ?? '').toSorted();

    it('a merge is healthy when five of five pods are', async () => {
      const release = await merge('web', {}, 'healthy');
      const workloads = release.rollout?.clusters.flatMap((each) => each.workloads) ?? [];
      expect(workloads).toContainEqual(
        expect.objectContaining({ kind: 'Deployment', name: 'web', done: 5, wanted: 5 }),
      );
      expect(await uids('Pod')).toHaveLength(6);
    });

    it('a second release with unchanged templates keeps every pod and every finished Job', async () => {
      const before = { pods: await uids('Pod'), jobs: await uids('Job') };
      const release = await merge('web', {}, 'healthy');
      expect({ pods: await uids('Pod'), jobs: await uids('Job') }).toEqual(before);
      const live = await cluster.client.get({ kind: 'Deployment', namespace, name: 'web' });
      expect(live.metadata.annotations?.['release-manager.io/release-id']).toBe(release.id);
    });

    // Each on a service of its own from here on: what is slow about them is the patience that failures deserve.
    it.concurrent('a crash fails it with the log of the container that died', async () => {
      await cluster.writeLogs({
        namespace,
        container: 'web',
        current: ['starting'],
        previous: ['panic: no carts', 'exit 1'],
      });
      const release = await merge('web', { scenario: 'crash-loop', image: 'web:2' }, 'failed');
      const [there] = release.rollout?.clusters ?? [];
      expect(there?.why?.code).toMatch(/crash/);
      expect(there?.why?.container).toBe('web');
      expect(there?.log?.lines).toEqual(['panic: no carts', 'exit 1']);
      await merge('web', { image: 'web:3' }, 'healthy');
    });

    it.concurrent('a key that is missing is named', async () => {
      const release = await merge('cart', { scenario: 'config-error' }, 'failed');
      expect(release.rollout?.clusters[0]?.why?.message).toContain('configmap "settings" not found');
    });

    it.concurrent('a broken manifest hurts its own service only', async () => {
      const broken = await merge('api', { replicas: 'many' }, 'failed');
      expect(broken.rollout?.clusters[0]?.why?.code).toMatch(/^flux\./);
      await merge('mail', {}, 'healthy');
    });
  });
});
