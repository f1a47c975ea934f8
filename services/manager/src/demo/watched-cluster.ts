import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { startDaemonProcess } from './processes/daemon-process.ts';
import { startSimulatedCluster, type SimulatedCluster } from './simulated-cluster/index.ts';

export interface WatchedClusterOptions {
  readonly environment: string;
  /** Where the daemon keeps its files, and its log. */
  readonly folder: string;
  /** The bare config repo. */
  readonly repository: string;
  readonly managerUrl: string;
  readonly daemonToken: string;
}

/** A simulated cluster and the real daemon that reports from it. */
export interface WatchedCluster {
  readonly cluster: SimulatedCluster;
  /** Resolves once the daemon has read the cluster; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Rejects when either cannot go on. */
  readonly lost: Promise<never>;
  close(): Promise<void>;
}

export async function startWatchedCluster(options: WatchedClusterOptions): Promise<WatchedCluster> {
  const { environment, folder, repository, managerUrl, daemonToken } = options;
  const home = join(folder, `daemon-${environment}`);
  await mkdir(home);
  const cluster = await startSimulatedCluster({ environment, repository });
  const kubeconfig = join(home, 'kubeconfig');
  await writeFile(kubeconfig, cluster.api.kubeconfig, { mode: 0o600 });
  const daemon = startDaemonProcess({
    home,
    logFile: join(folder, `daemon-${environment}.log`),
    settings: {
      RELEASE_MANAGER_URL: managerUrl,
      RELEASE_MANAGER_TOKEN: daemonToken,
      ENVIRONMENT: environment,
      KUBECONFIG: kubeconfig,
      DATA_DIR: join(home, 'data'),
      FLUX_RECEIVER_URL: cluster.receiverUrl,
    },
  });
  return {
    cluster,
    ready: daemon.ready,
    lost: Promise.race([cluster.lost, daemon.lost]),
    async close() {
      await daemon.end();
      await cluster.stop();
    },
  };
}
