import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import {
  isTrue,
  preparePrograms,
  startCluster,
  whyNoCluster,
  type Cluster,
} from '@release-manager/testing/control-plane';

import { startClusterDaemon } from '../cluster-daemon.ts';
import type { ClusterKind, ClusterStart, ServingPod, WatchedCluster } from '../cluster-kind.ts';
import { imagesOf } from '../images-of.ts';
import type { DaemonProcess } from '../processes/daemon-process.ts';
import { shopNamespace } from '../shop/catalogue.ts';
import { connectFlux } from './connect-flux.ts';
import { createDaemonAccount } from './daemon-account.ts';
import { playShop } from './play-shop.ts';

/** The Secret with which Flux reads the config repo. */
const secretName = 'config-repo';

/**
 * Real control planes with real Flux; kwok plays the kubelets, since nothing here could run a container.
 * @param say is told of each program before it is built, where that was not done yet: minutes
 */
export async function realClusters(say: (line: string) => void, signal: AbortSignal): Promise<ClusterKind> {
  let isFirst = true;
  const tell = (line: string): void => {
    if (isFirst) say('The programs are built first: about twelve minutes on two cores, and only once.');
    isFirst = false;
    say(line);
  };
  await preparePrograms(tell, signal);
  return {
    named: 'two real control planes with real Flux',
    headline: 'Two real control planes with real Flux, and the real daemon in each',
    plainly:
      'etcd, kube-apiserver, controllers, scheduler and Flux are real; the pods are played by kwok: no container runs here.',
    initOptions: `--secret ${secretName}`,
    managerSettings: { FLUX_WEBHOOK_KEY: randomBytes(32).toString('hex') },
    start: startRealCluster,
  };
}

/** What to install, or `undefined` where real clusters can run. */
export async function whyNoRealCluster(): Promise<string | undefined> {
  const missing = await whyNoCluster();
  return missing === undefined
    ? undefined
    : `A real control plane ${missing}\nThe first build takes about twelve minutes on two cores, and is kept. Without it: npm run demo`;
}

async function startRealCluster(options: ClusterStart): Promise<WatchedCluster> {
  const { environment, folder, signal } = options;
  const cluster = await startCluster({ name: `demo-${environment}`, flux: true, parent: folder, signal });
  const stop = (): Promise<void> => cluster.stop({ keepLogs: true });
  const takeDown = (): void => void stop();
  signal.addEventListener('abort', takeDown);
  try {
    const daemon = await installEverything(cluster, options);
    return {
      cluster: { servingPods: (service) => servingPods(cluster, service) },
      tryThis: [
        `kubectl --kubeconfig ${cluster.connection.kubeconfig} --namespace ${shopNamespace} get pods   # of ${environment}`,
      ],
      ready: daemon.ready,
      lost: daemon.lost,
      async close() {
        await daemon.end();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', takeDown);
  }
}

/** What a platform engineer does in each cluster, and the stage props. */
async function installEverything(cluster: Cluster, options: ClusterStart): Promise<DaemonProcess> {
  await playShop(cluster, options.environment);
  const settings = await connectFlux(cluster, { ...options, secretName });
  const kubeconfig = await readFile(await createDaemonAccount(cluster), 'utf8');
  return startClusterDaemon(options, { kubeconfig, settings });
}

async function servingPods({ client }: Cluster, service: string): Promise<readonly ServingPod[]> {
  const labels = `release-manager.io/service=${service}`;
  const pods = await client.list({ kind: 'Pod', namespace: shopNamespace, labels });
  return pods
    .filter((pod) => isTrue(pod, 'Ready') && pod.metadata.deletionTimestamp === undefined)
    .map((pod) => ({ uid: pod.metadata.uid ?? '', images: imagesOf(pod.spec) }));
}
