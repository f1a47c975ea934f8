import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { initialFiles } from '@release-manager/config-repo';
import { createClient, createToken, type Client, type LedgerEntry } from '@release-manager/contract';
import { startGitServer } from '@release-manager/testing';
import { startCluster, type KubeObject } from '@release-manager/testing/control-plane';

import { startDaemonProcess } from '../../../services/manager/src/demo/processes/daemon-process.ts';
import { startManagerProcess } from '../../../services/manager/src/demo/processes/manager-process.ts';
import { startSimulatedCluster } from '../../../services/manager/src/demo/simulated-cluster/index.ts';
import { startFlux } from '../../cluster/support/flux.ts';
import { createServiceTeam, type ServiceTeam } from '../../cluster/support/service-team.ts';
import { commitAsPerson } from '../../support/config-repo.ts';
import { createStubbornClient } from '../../support/stubborn-client.ts';

/** A manager and a daemon, each in a process of its own, and a cluster between them. */
export interface VerdictScene {
  readonly team: ServiceTeam;
  /** Told of each pod and Deployment of services at the moment at which the API server shows it. */
  onShown(listener: (object: KubeObject) => void): void;
  /** Told of each entry of the ledger as somebody who follows it is. */
  onEntry(listener: (entry: LedgerEntry) => void): void;
}

/** `simulated`: the fake API server, whose pods are played; `real`: a control plane with real Flux. */
export type ClusterKind = 'simulated' | 'real';

const environment = 'dev';
const adminToken = 'a-token-for-load-only-0123456789';

export async function openVerdictScene(started: AsyncDisposableStack, kind: ClusterKind): Promise<VerdictScene> {
  const folder = await mkdtemp(join(tmpdir(), 'load-verdict-'));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const git = await startGitServer();
  started.defer(() => git.stop());
  const repository = await git.create('config');
  const url = git.url('config');
  const listeners: { shown: (object: KubeObject) => void; entry: (entry: LedgerEntry) => void } = {
    shown: () => undefined,
    entry: () => undefined,
  };
  const show = (object: KubeObject): void => listeners.shown(object);
  const place = { folder, url, repository };
  const cluster = await (kind === 'real' ? openReal(started, place, show) : openSimulated(started, place, show));
  const manager = startManagerProcess({
    home: folder,
    logFile: join(folder, 'manager.log'),
    settings: {
      DATA_DIR: join(folder, 'manager'),
      CONFIG_REPO_URL: url,
      CONFIG_REPO_POLL_SECONDS: '0.5',
      ADMIN_TOKEN: adminToken,
    },
  });
  started.defer(async () => void (await manager.end('SIGTERM')));
  const { url: managerUrl } = await manager.ready;
  const api = createClient({ url: managerUrl, token: adminToken, timeoutSeconds: 30 });
  const { secret } = await api.call(createToken, { kind: 'daemon', name: 'load', environment });
  const home = join(folder, 'daemon');
  await mkdir(home);
  const daemon = startDaemonProcess({
    home,
    logFile: join(folder, 'daemon.log'),
    settings: {
      RELEASE_MANAGER_URL: managerUrl,
      RELEASE_MANAGER_TOKEN: secret,
      ENVIRONMENT: environment,
      DATA_DIR: join(home, 'data'),
      ...cluster,
    },
  });
  started.defer(() => daemon.end());
  await daemon.ready;
  follow(started, api, (entry) => listeners.entry(entry));
  return {
    team: createServiceTeam({ client: createStubbornClient(managerUrl, adminToken), api, environment }),
    onShown(listener) {
      listeners.shown = listener;
    },
    onEntry(listener) {
      listeners.entry = listener;
    },
  };
}

interface Place {
  readonly folder: string;
  readonly url: string;
  readonly repository: string;
}

/** Settings of a daemon. */
type Reach = Readonly<Record<string, string>>;

/** How fast pods come up is no part of what is measured. */
const turnMs = 100;

async function openSimulated(
  started: AsyncDisposableStack,
  { folder, url, repository }: Place,
  show: (object: KubeObject) => void,
): Promise<Reach> {
  const files = initialFiles({ environments: [{ name: environment }], source: { url, branch: 'main' } });
  const texts = files.map(({ path, content }): [string, string] => [path, Buffer.from(content).toString()]);
  await commitAsPerson(url, Object.fromEntries(texts));
  const cluster = await startSimulatedCluster({ environment, repository, turnMs });
  started.defer(() => cluster.stop());
  // Before any watch that goes over a connection.
  cluster.api.store.subscribe(({ after }) => {
    if (after?.kind === 'Pod' || after?.kind === 'Deployment') show(after);
  });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, cluster.api.kubeconfig);
  return { KUBECONFIG: kubeconfig, FLUX_RECEIVER_URL: cluster.receiverUrl };
}

async function openReal(
  started: AsyncDisposableStack,
  { url }: Place,
  show: (object: KubeObject) => void,
): Promise<Reach> {
  const cluster = started.use(await startCluster({ name: 'load-verdict', flux: true }));
  const flux = await startFlux(cluster, { environments: [{ name: environment, layout: 'sliced' }], repoUrl: url });
  started.defer(() => flux.clone.remove());
  const stopping = new AbortController();
  started.defer(() => stopping.abort());
  const { connection } = cluster.client;
  const watch = async (path: string): Promise<void> => {
    // Each ends by itself; what is shown twice means the same.
    while (!stopping.signal.aborted) {
      const query = { watch: 'true', labelSelector: 'release-manager.io/managed=true', timeoutSeconds: '30' };
      for await (const line of connection.lines({ path, query, signal: stopping.signal })) {
        const { object } = JSON.parse(line) as { readonly object: KubeObject };
        show(object);
      }
    }
  };
  for (const path of ['/api/v1/pods', '/apis/apps/v1/deployments']) {
    watch(path).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error;
    });
  }
  const { receiver } = flux;
  return {
    KUBECONFIG: cluster.connection.kubeconfig,
    FLUX_RECEIVER_URL: receiver.url,
    FLUX_RECEIVER_TOKEN: receiver.token,
  };
}

/** Until everything is taken down; a connection that breaks off is opened again where it was. */
function follow(started: AsyncDisposableStack, api: Client, tell: (entry: LedgerEntry) => void): void {
  const stopping = new AbortController();
  started.defer(() => stopping.abort());
  const { signal } = stopping;
  const read = async (after?: string): Promise<void> => {
    let last = after;
    try {
      for await (const entry of api.follow({ environment, ...(after === undefined ? {} : { after }) }, signal)) {
        last = entry.id;
        tell(entry);
      }
    } catch (error) {
      if (signal.aborted) return;
      process.stderr.write(`the ledger broke off: ${String(error)}\n`);
    }
    await wait(100);
    return read(last);
  };
  void read();
}
