import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { PodFacts } from '@release-manager/contract';
import { readObjects } from '@release-manager/testing/control-plane';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { fakeToken, FakeManager } from '../../services/daemon/src/testing/fake-manager.ts';
import {
  at,
  deployment,
  describeCluster,
  namespace,
  ownCluster,
  sharedCluster,
  type ClusterAccess,
  type KubeClient,
  type KubeObject,
} from './support/index.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const account = { namespace: 'release-manager', name: 'release-daemon' };
const shop = 'daemon-shop';

/** As the manager stamps it: the release on the workload, what never changes on the pods. */
function stamped(object: KubeObject, service: string): KubeObject {
  const fixed = { 'release-manager.io/managed': 'true', 'release-manager.io/service': service };
  const labels = at(object, 'spec', 'template', 'metadata', 'labels') as Record<string, string>;
  const template = {
    ...(at(object, 'spec', 'template') as object),
    metadata: { labels: { ...labels, ...fixed } },
  };
  const annotations = { 'release-manager.io/release-id': 'rel_01k0000000000000000000000a' };
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...fixed, 'release-manager.io/owner': 'checkout' }, annotations },
    spec: { ...object.spec, template },
  };
}

function startDaemon(manager: FakeManager, kubeconfig: string, folder: string): ChildProcess {
  return spawn(process.execPath, [join(root, 'services/daemon/src/main.ts')], {
    env: {
      PATH: process.env['PATH'] ?? '',
      RELEASE_MANAGER_URL: manager.url,
      RELEASE_MANAGER_TOKEN: fakeToken,
      ENVIRONMENT: 'dev',
      KUBECONFIG: kubeconfig,
      DATA_DIR: folder,
    },
    stdio: 'ignore',
  });
}

describeCluster('a daemon under its own service account', () => {
  const folder = mkdtempSync(join(tmpdir(), 'daemon-cluster-'));
  let cluster: ClusterAccess;
  let manager: FakeManager;
  let daemon: ChildProcess;

  beforeAll(async () => {
    cluster = sharedCluster();
    const rights = readObjects([
      { path: 'rbac.yaml', content: readFileSync(join(root, 'deploy/base/daemon/rbac.yaml')) },
    ]);
    await cluster.client.apply(namespace(account.namespace), namespace(shop), ...rights);
    manager = await new FakeManager().start();
    const kubeconfig = await cluster.kubeconfigFor(await cluster.serviceAccountToken(account));
    daemon = startDaemon(manager, kubeconfig, folder);
    await manager.until(({ batches }) => batches.some((batch) => batch.daemon.synced));
  });

  afterAll(async () => {
    daemon.kill('SIGKILL');
    await once(daemon, 'exit');
    await manager.stop();
    await cluster.client.delete({ kind: 'Namespace', name: shop });
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  const pods = (service: string): PodFacts[] => {
    const newest = new Map<string, PodFacts>();
    for (const { observation: one } of manager.taken) {
      if (one.type === 'pod' && one.service === service) newest.set(one.object.uid, one);
    }
    return [...newest.values()].filter(({ deleted }) => deleted !== true);
  };

  it('may read all that it follows', () => {
    expect(manager.batches.findLast((batch) => batch.daemon.synced)?.daemon).toMatchObject({
      unwatched: [],
      hasExternalArtifacts: true,
      hasArtifactGenerators: true,
    });
  });

  it('tells a Deployment to 5 of 5, its pods as those of the newest rollout', async () => {
    await cluster.client.apply(stamped(deployment({ name: 'web', namespace: shop, replicas: 5 }), 'web'));
    await manager.until(() => manager.last('workload', 'web')?.available === 5);
    const facts = await manager.until(() => manager.last('workload', 'web'));
    expect(facts).toMatchObject({
      stamp: { service: 'web', owner: 'checkout', release: 'rel_01k0000000000000000000000a' },
      desired: 5,
      updated: 5,
      ready: 5,
      updateRevision: expect.stringMatching(/^[0-9a-z]+$/) as string,
    });
    await manager.until(() => pods('web').filter(({ ready }) => ready).length === 5);
    const of = new Set(pods('web').map(({ workload, revision }) => `${workload?.name ?? ''} ${revision ?? ''}`));
    expect(of).toEqual(new Set([`web ${facts.updateRevision ?? ''}`]));
  });

  it('tells which rollout of a DaemonSet is the newest', async () => {
    const { spec, ...rest } = deployment({ name: 'agent', namespace: shop });
    const { replicas: _, ...daemonSpec } = spec ?? {};
    const agent = (image: string): KubeObject =>
      stamped(
        {
          ...rest,
          kind: 'DaemonSet',
          spec: {
            ...daemonSpec,
            template: at(deployment({ name: 'agent', namespace: shop, image }), 'spec', 'template'),
          },
        },
        'agent',
      );
    const rolledOut = async (): Promise<string> => {
      await manager.until(() => {
        const facts = manager.last('workload', 'agent');
        return facts?.updated === 1 && facts.available === 1 && facts.generation === facts.observedGeneration;
      });
      await manager.until(() => pods('agent').length === 1 && pods('agent')[0]?.ready);
      return manager.last('workload', 'agent')?.updateRevision ?? '';
    };
    await cluster.client.apply(agent('agent:1'));
    const first = await rolledOut();
    expect(pods('agent')[0]).toMatchObject({ revision: first, workload: { kind: 'DaemonSet', name: 'agent' } });
    await cluster.client.apply(agent('agent:2'));
    await manager.until(() => manager.last('workload', 'agent')?.updateRevision !== first);
    const second = await rolledOut();
    expect(pods('agent').map(({ revision }) => revision)).toEqual([second]);
  });

  it('tells a crash with what was printed before it', async () => {
    await cluster.client.apply(stamped(deployment({ name: 'api', namespace: shop }), 'api'));
    const { object } = await manager.until(() => pods('api').find(({ ready }) => ready));
    await cluster.writeLogs({ namespace: shop, container: 'api', current: ['starting'], previous: ['no settings'] });
    const crash = { metadata: { labels: { scenario: 'crash-loop' } } };
    await cluster.client.patch({ kind: 'Pod', namespace: shop, name: object.name }, crash);
    const log = await manager.until(() =>
      manager.taken
        .map(({ observation }) => observation)
        .find((one) => one.type === 'crash-log' && one.service === 'api'),
    );
    expect(log).toMatchObject({ stream: 'previous', lines: ['no settings'], workload: { name: 'api' } });
    await manager.until(() =>
      manager.taken.some(
        ({ observation: one }) => one.type === 'warning' && one.service === 'api' && one.reason === 'BackOff',
      ),
    );
  });

  it('may do nothing else', async () => {
    const client = await cluster.clientAs(account);
    try {
      expect((await allowedTo(client)).toSorted((a, b) => a.localeCompare(b))).toEqual(
        allowed.toSorted((a, b) => a.localeCompare(b)),
      );
    } finally {
      client.close();
    }
  });

  it('broke no contract', () => {
    expect(manager.complaints).toEqual([]);
  });
});

describeCluster('a daemon whose API server is killed', () => {
  const own = ownCluster({ name: 'daemon-restart' });
  const folder = mkdtempSync(join(tmpdir(), 'daemon-restart-'));

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  it('goes on where it was, and learns what it missed while it was killed itself', async () => {
    const cluster = own();
    const { client, connection } = cluster;
    const manager = await new FakeManager().start();
    let daemon = startDaemon(manager, connection.kubeconfig, folder);
    const web = (replicas: number): KubeObject =>
      stamped(deployment({ name: 'web', namespace: shop, replicas }), 'web');
    const ready = (count: number): Promise<boolean> =>
      manager.until(() => {
        const facts = manager.last('workload', 'web');
        return facts?.ready === count && facts.current === count && facts.deleted !== true;
      });
    try {
      await client.apply(namespace(shop), web(1), stamped(deployment({ name: 'old', namespace: shop }), 'old'));
      await ready(1);
      for (const replicas of [2, 3]) {
        await cluster.restartApiServer('SIGKILL');
        await client.apply(web(replicas));
        await ready(replicas);
      }
      daemon.kill('SIGKILL');
      await once(daemon, 'exit');
      await cluster.restartApiServer('SIGKILL');
      await client.delete({ kind: 'Deployment', namespace: shop, name: 'old' });
      await client.apply(web(1));
      const before = manager.taken.length;
      daemon = startDaemon(manager, connection.kubeconfig, folder);
      await ready(1);
      const lists = await manager.until(() => {
        const some = manager.taken.slice(before).map(({ observation }) => observation);
        const found = some.filter((one) => one.type === 'listing').filter(({ kind }) => kind === 'Deployment');
        return found.length > 0 && found;
      });
      expect(lists.at(-1)?.uids).toEqual([manager.last('workload', 'web')?.object.uid]);
      expect(manager.complaints).toEqual([]);
    } finally {
      daemon.kill('SIGKILL');
      await manager.stop();
    }
  });
});

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const look = (...resources: string[]): string[] =>
  resources.flatMap((name) => [`get ${name}`, `list ${name}`, `watch ${name}`]);
const follow = (...resources: string[]): string[] => resources.flatMap((name) => [`list ${name}`, `watch ${name}`]);

/** All that the service account may do; what every account may (asking about itself) included. */
const allowed = [
  ...look(
    'pods',
    'apps/deployments',
    'apps/statefulsets',
    'apps/daemonsets',
    'apps/replicasets',
    'batch/jobs',
    'batch/cronjobs',
  ),
  ...follow(
    'apps/controllerrevisions',
    'events',
    'kustomize.toolkit.fluxcd.io/kustomizations',
    'source.toolkit.fluxcd.io/gitrepositories',
    'source.toolkit.fluxcd.io/externalartifacts',
    'source.extensions.fluxcd.io/artifactgenerators',
  ),
  'get pods/log',
  ...['services', 'serviceaccounts', 'persistentvolumeclaims'].map((name) => `get ${name}`),
  'get networking.k8s.io/ingresses',
  'get networking.k8s.io/networkpolicies',
  'get autoscaling/horizontalpodautoscalers',
  'get policy/poddisruptionbudgets',
  'create authentication.k8s.io/selfsubjectreviews',
  'create authorization.k8s.io/selfsubjectaccessreviews',
  'create authorization.k8s.io/selfsubjectrulesreviews',
];

interface Discovered {
  readonly group: string;
  readonly name: string;
}

/** Every verb on every resource that the API server has, subresources among them, asked of the API server itself. */
async function allowedTo(client: KubeClient): Promise<string[]> {
  const questions = (await discover(client)).flatMap((resource) => verbs.map((verb) => ({ ...resource, verb })));
  const found: string[] = [];
  const ask = async (): Promise<void> => {
    for (let next = questions.pop(); next !== undefined; next = questions.pop()) {
      const { group, name, verb } = next;
      const [resource, subresource] = name.split('/');
      const answer = await client.request({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { group, resource, subresource, verb, namespace: shop } },
        },
      });
      if (at(answer, 'status', 'allowed') === true) found.push(`${verb} ${group === '' ? name : `${group}/${name}`}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, ask));
  return [...new Set(found)];
}

async function discover(client: KubeClient): Promise<Discovered[]> {
  const groups = at(await client.request({ method: 'GET', path: '/apis' }), 'groups') as {
    readonly name: string;
    readonly preferredVersion: { readonly groupVersion: string };
  }[];
  const lists = [
    { group: '', path: '/api/v1' },
    ...groups.map(({ name, preferredVersion }) => ({ group: name, path: `/apis/${preferredVersion.groupVersion}` })),
  ];
  const found = await Promise.all(
    lists.map(async ({ group, path }) => {
      const resources = at(await client.request({ method: 'GET', path }), 'resources') as { readonly name: string }[];
      return resources.map(({ name }) => ({ group, name }));
    }),
  );
  return found.flat();
}
