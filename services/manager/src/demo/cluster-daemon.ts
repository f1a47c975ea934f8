import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ClusterStart } from './cluster-kind.ts';
import { startDaemonProcess, type DaemonProcess } from './processes/daemon-process.ts';

/** How the daemon reaches its cluster. */
export interface ClusterReach {
  /** The content of the file. */
  readonly kubeconfig: string;
  /** Where and how it calls the Receiver of Flux. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The real daemon, with a folder of its own, beside a cluster of the demo. */
export async function startClusterDaemon(
  { environment, folder, managerUrl, daemonToken }: ClusterStart,
  reach: ClusterReach,
): Promise<DaemonProcess> {
  const home = join(folder, `daemon-${environment}`);
  await mkdir(home);
  const kubeconfig = join(home, 'kubeconfig');
  await writeFile(kubeconfig, reach.kubeconfig, { mode: 0o600 });
  return startDaemonProcess({
    home,
    logFile: join(folder, `daemon-${environment}.log`),
    settings: {
      RELEASE_MANAGER_URL: managerUrl,
      RELEASE_MANAGER_TOKEN: daemonToken,
      ENVIRONMENT: environment,
      KUBECONFIG: kubeconfig,
      DATA_DIR: join(home, 'data'),
      ...reach.settings,
    },
  });
}
