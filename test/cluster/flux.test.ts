import { randomUUID } from 'node:crypto';

import type { InitEnvironment } from '@release-manager/config-repo';
import { startGitServer, type GitServer } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  at,
  commitRelease,
  commitUndeploy,
  describeCluster,
  sharedCluster,
  startFlux,
  type ClusterAccess,
  type Flux,
} from './support/index.ts';

/** As CI renders it: nothing in it knows of releases. */
const manifests = ({ replicas = 5, name = 'web', image = 'web:1' } = {}): Record<string, string> => ({
  'web.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec: { containers: [{ name: web, image: "${image}" }] }
---
apiVersion: batch/v1
kind: Job
metadata:
  name: ${name}-migrate
spec:
  template:
    spec: { restartPolicy: Never, containers: [{ name: migrate, image: "migrate:1" }] }
`,
});

describeCluster('a config repo and real Flux', () => {
  let cluster: ClusterAccess;
  let server: GitServer;
  beforeAll(async () => {
    cluster = sharedCluster();
    server = await startGitServer();
  });
  afterAll(async () => {
    await server.stop();
    cluster.client.close();
  });

  describe.each(['plain', 'sliced'] as const)('in the %s layout', (layout) => {
    const environment: InitEnvironment = { name: `${layout}-env`, layout };
    const namespace = `shop-${layout}`;
    let flux: Flux;
    beforeAll(async () => {
      await server.create(layout);
      flux = await startFlux(cluster, { environments: [environment], repoUrl: server.url(layout) });
    });
    afterAll(() => flux.stop());

    const release = async (service: string, files: Record<string, string>): Promise<string> => {
      const releaseId = `rel_${randomUUID()}`;
      const commit = await commitRelease(flux.clone, { environment, namespace, service, manifests: files, releaseId });
      await flux.poke();
      return commit;
    };
    const uids = async (kind: 'Pod' | 'Job'): Promise<string[]> =>
      (await cluster.client.list({ kind, namespace })).map(({ metadata }) => metadata.uid ?? '').sort();
    const web = { kind: 'Deployment', namespace, name: 'web' } as const;

    it('brings up a service in a namespace that nobody made, when it is told and not an hour later', async () => {
      const commit = await release('web', manifests());
      await flux.untilApplied(environment.name, 'web', commit);
      const deployment = await cluster.client.until(web, (object) => at(object, 'status', 'readyReplicas') === 5);
      expect(deployment.metadata.annotations?.['release-manager.io/release-id']).toMatch(/^rel_/);
      expect(deployment.metadata.labels).toMatchObject({ 'release-manager.io/managed': 'true' });
    });

    it('keeps every pod and every finished Job when the templates stay the same', async () => {
      await cluster.client.until(
        { kind: 'Job', namespace, name: 'web-migrate' },
        (object) => at(object, 'status', 'succeeded') === 1,
      );
      const before = { pods: await uids('Pod'), jobs: await uids('Job') };
      const old = await cluster.client.get(web);
      const commit = await release('web', manifests());
      await flux.untilApplied(environment.name, 'web', commit);
      const renewed = await cluster.client.until(
        web,
        (object) => object?.metadata.generation === at(object, 'status', 'observedGeneration'),
      );
      expect(renewed.metadata.annotations).not.toEqual(old.metadata.annotations);
      expect({ pods: await uids('Pod'), jobs: await uids('Job') }).toEqual(before);
    });

    it('lets a broken manifest hurt its own service only', async () => {
      const broken = {
        'api.yaml': (manifests({ name: 'api' })['web.yaml'] ?? '').replace('replicas: 5', 'replicas: many'),
      };
      await release('api', broken);
      expect(await flux.untilFailed(environment.name, 'api', 'ReconciliationFailed')).toContain('Deployment');
      const commit = await release('web', manifests({ replicas: 4 }));
      await flux.untilApplied(environment.name, 'web', commit);
      await cluster.client.until(web, (object) => at(object, 'status', 'replicas') === 4);
    });

    it('takes an undeployed service out, and leaves the namespace', async () => {
      await commitUndeploy(flux.clone, { environment, namespace, service: 'web' });
      await flux.poke();
      await cluster.client.until(flux.kustomization(environment.name, 'web'), (object) => object === undefined);
      await cluster.client.until(web, (object) => object === undefined);
      await cluster.client.untilAll({ kind: 'Pod', namespace }, (pods) => pods.length === 0);
      expect(at(await cluster.client.get({ kind: 'Namespace', name: namespace }), 'status', 'phase')).toBe('Active');
    });
  });
});
