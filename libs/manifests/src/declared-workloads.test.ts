import { describe, expect, it } from 'vitest';

import { listWorkloads } from './declared-workloads.ts';
import { fileOf, helmOutput } from './manifest-fixtures.ts';
import { stampManifests } from './stamp.ts';

const breathe = () => Promise.resolve();
const list = (...texts: string[]) =>
  listWorkloads(
    texts.map((text, index) => fileOf(text, `${index}.yaml`)),
    breathe,
  );

const deployment = (spec: string, annotations = ''): string => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations: { ${annotations} }
spec:
  ${spec}
  template: { spec: { containers: [{ name: app, image: "web:1" }] } }
`;

describe('the workloads that a folder declares', () => {
  it('have the stamp, replicas and images that Flux will apply', async () => {
    const stamped = stampManifests([fileOf(deployment('replicas: 3'))], {
      service: 'web',
      artifactId: 'main-0123456789-aaaaaaaaaa',
      releaseId: 'rel_1',
    });
    expect(await listWorkloads(stamped, breathe)).toEqual([
      {
        apiGroup: 'apps',
        kind: 'Deployment',
        name: 'web',
        replicas: 3,
        releaseId: 'rel_1',
        containers: [{ name: 'app', image: 'web:1' }],
      },
    ]);
  });

  it('are those of real charts as well, and nothing else', async () => {
    expect((await list(helmOutput))?.map(({ kind }) => kind)).toContain('Deployment');
    expect(await list('apiVersion: v1\nkind: ConfigMap\nmetadata: { name: Deployment }\n')).toEqual([]);
    expect(await list('apiVersion: v1\nkind: Pod\nmetadata: { name: alone-Job }\nspec: { containers: [] }\n')).toEqual(
      [],
    );
    expect(await list('apiVersion: own.example.com/v1\nkind: Deployment\nmetadata: { name: other }\n')).toEqual([]);
  });

  it('of all kinds: init containers first, of a CronJob what its Jobs run, of a DaemonSet no replicas', async () => {
    const pod = '{ spec: { initContainers: [{ name: i, image: "i:1" }], containers: [{ name: c, image: "c:1" }] } }';
    const of = (kind: string, spec: string): string =>
      `apiVersion: ${kind.endsWith('Job') ? 'batch' : 'apps'}/v1\nkind: ${kind}\nmetadata: { name: x }\nspec: ${spec}\n`;
    const found = await list(
      of('CronJob', `{ jobTemplate: { spec: { template: ${pod} } } }`),
      of('DaemonSet', `{ replicas: 3, template: ${pod} }`),
      of('StatefulSet', `{ replicas: 0, template: ${pod} }`),
    );
    const containers = [
      { name: 'i', image: 'i:1' },
      { name: 'c', image: 'c:1' },
    ];
    expect(found).toEqual([
      { apiGroup: 'batch', kind: 'CronJob', name: 'x', containers },
      { apiGroup: 'apps', kind: 'DaemonSet', name: 'x', containers },
      { apiGroup: 'apps', kind: 'StatefulSet', name: 'x', replicas: 0, containers },
    ]);
  });

  it.each([
    'apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: a }\nspec: { scaleTargetRef: { kind: Deployment, name: web } }\n',
    'apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: a }\nspec: { scaleTargetRef: { name: web } }\n',
  ])('have no replicas where something scales them: %s', async (scaler) => {
    expect((await list(scaler, deployment('replicas: 3')))?.[0]).not.toHaveProperty('replicas');
    const elsewhere = scaler.replace('name: web', 'name: api');
    expect((await list(elsewhere, deployment('replicas: 3')))?.[0]).toHaveProperty('replicas', 3);
  });

  it.each(['ssa: IfNotPresent', 'ssa: Ignore', 'reconcile: disabled'])(
    'are not those that Flux leaves as people change them: %s',
    async (hint) => {
      expect(await list(deployment('replicas: 3', `kustomize.toolkit.fluxcd.io/${hint}`))).toEqual([]);
    },
  );

  it('say nothing of what Flux has yet to fill in', async () => {
    const text = deployment('replicas: ${count}').replace('web:1', 'web:${tag}');
    expect(await list(text)).toEqual([
      { apiGroup: 'apps', kind: 'Deployment', name: 'web', containers: [{ name: 'app' }] },
    ]);
  });

  it('say nothing of what is longer than anything in a cluster', async () => {
    const long = deployment('replicas: 1', `release-manager.io/release-id: ${'r'.repeat(101)}`);
    const found = await list(
      long.replace('web:1', 'w'.repeat(1_001)),
      long.replace('name: web', `name: ${'n'.repeat(254)}`),
    );
    expect(found).toEqual([
      { apiGroup: 'apps', kind: 'Deployment', name: 'web', replicas: 1, containers: [{ name: 'app' }] },
    ]);
  });

  it('are not known where a file cannot be read', async () => {
    expect(await list(deployment('replicas: 3'), 'kind: Deployment\n\tbroken')).toBeUndefined();
  });
});
