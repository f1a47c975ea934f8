import { afterAll, beforeAll, expect, it } from 'vitest';

import { renderChart, renderKustomization } from './support/deploy-tools.ts';
import { at, describeCluster, namespace, sharedCluster, type ClusterAccess, type KubeObject } from './support/index.ts';

const inside = (name: string, objects: readonly KubeObject[]): KubeObject[] =>
  objects.map((object) =>
    object.kind.startsWith('ClusterRole') ? object : { ...object, metadata: { ...object.metadata, namespace: name } },
  );
const kinds = (objects: readonly KubeObject[]): string[] => objects.map(({ kind }) => kind).toSorted();
const rulesOf = (objects: readonly KubeObject[]): unknown =>
  objects.find(({ kind }) => kind === 'ClusterRole')?.['rules'];
const external = ['manager.artifactStore=s3://bucket', 'manager.configRepo.url=https://git.example.com/config.git'];
const daemon = ['daemon.enabled=true', 'daemon.environment=prod', 'daemon.managerUrl=https://release.example.com'];

describeCluster('what people install with', () => {
  let cluster: ClusterAccess;
  beforeAll(() => {
    cluster = sharedCluster();
  });
  afterAll(() => cluster.client.close());

  it.each(['deploy/base/manager', 'deploy/base/daemon', 'deploy/flux'])(
    'the kustomization %s is taken by a real API server',
    async (folder) => {
      const name = folder.replaceAll('/', '-');
      await cluster.client.apply(namespace(name));
      const objects = await renderKustomization(folder);
      const applied = await cluster.client.apply(...inside(name, objects));
      expect(applied.map(({ kind, metadata }) => `${kind}/${metadata.name}`)).toEqual(
        objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      );
      for (const { kind, metadata } of applied.filter((object) => object.kind.startsWith('ClusterRole')))
        await cluster.client.delete({ kind: kind as 'ClusterRole', name: metadata.name });
    },
  );

  it('the chart is taken with an external database, and runs nothing as root', async () => {
    await cluster.client.apply(namespace('chart-external'));
    const objects = await renderChart('chart-external', [...external, ...daemon]);
    expect(kinds(objects)).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'Deployment',
      'Deployment',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
      'ServiceAccount',
    ]);
    const applied = await cluster.client.apply(...inside('chart-external', objects));
    for (const deployment of applied.filter(({ kind }) => kind === 'Deployment')) {
      const pod = at(deployment, 'spec', 'template', 'spec');
      expect(at(pod, 'securityContext')).toMatchObject({ runAsNonRoot: true, runAsUser: 65_532 });
      expect(at(pod, 'containers', 0, 'securityContext')).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
    await cluster.client.delete({ kind: 'ClusterRoleBinding', name: 'chart-external-release-manager-daemon' });
    await cluster.client.delete({ kind: 'ClusterRole', name: 'chart-external-release-manager-daemon' });
  });

  it('the chart with an embedded database has one replica, a volume that outlives it, and never two at once', async () => {
    await cluster.client.apply(namespace('chart-embedded'));
    const objects = await renderChart('chart-embedded', ['manager.database=embedded', 'manager.replicas=1']);
    const applied = await cluster.client.apply(...inside('chart-embedded', objects));
    const deployment = applied.find(({ kind }) => kind === 'Deployment');
    expect(at(deployment, 'spec', 'replicas')).toBe(1);
    expect(at(deployment, 'spec', 'strategy', 'type')).toBe('Recreate');
    const claim = applied.find(({ kind }) => kind === 'PersistentVolumeClaim');
    expect(claim?.metadata['annotations']).toMatchObject({ 'helm.sh/resource-policy': 'keep' });
  });

  it.each([
    [['manager.database=embedded', 'manager.replicas=2'], /replicas/],
    [['manager.configRepo.url=https://git.example.com/config.git'], /artifactStore/],
    [['manager.artifactStore=s3://bucket'], /configRepo/],
    [[...external, 'manager.settings.ADMIN_TOKEN=secret'], /ADMIN_TOKEN/],
    [[...external, 'manager.replcas=3'], /replcas/],
    [[...external, 'daemon.enabled=true'], /daemon/],
  ])('the chart refuses %j and says what is wrong', async (values, words) => {
    await expect(renderChart('refused', values)).rejects.toThrow(words);
  });

  it('the chart and the kustomization give the daemon the same rights', async () => {
    const chart = rulesOf(await renderChart('rights', [...external, ...daemon]));
    expect(chart).toBeInstanceOf(Array);
    expect(chart).toEqual(rulesOf(await renderKustomization('deploy/base/daemon')));
  });
});
