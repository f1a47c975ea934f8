import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { at, freePort, type ClusterAccess } from '@release-manager/testing/control-plane';

import { startDaemonProcess } from '../../../services/manager/src/demo/processes/daemon-process.ts';
import { startManagerProcess } from '../../../services/manager/src/demo/processes/manager-process.ts';

const namespace = 'release-manager';
const checkout = join(import.meta.dirname, '..', '..', '..');

/** What a guide needs that no test machine has: names of a cluster, containers, the internet. */
export interface StandIns {
  /** Shell in the place of a block. */
  readonly instead: Readonly<Record<string, string>>;
  /** What the cluster would do after a block. */
  readonly after: Readonly<Record<string, () => Promise<void>>>;
  /** Ends what was started. */
  end(): Promise<void>;
}

export interface StandInsOptions {
  readonly cluster: ClusterAccess;
  readonly folder: string;
  readonly configRepo: { readonly url: string; readonly token: string };
}

export async function createStandIns({ cluster, folder, configRepo }: StandInsOptions): Promise<StandIns> {
  const port = await freePort();
  const ends: (() => Promise<unknown>)[] = [];
  const home = async (name: string): Promise<{ home: string; logFile: string; DATA_DIR: string }> => {
    const path = join(folder, name);
    await mkdir(path);
    return { home: path, logFile: join(folder, `${name}.log`), DATA_DIR: join(path, 'data') };
  };

  async function startManager(): Promise<void> {
    const { DATA_DIR, ...files } = await home('manager');
    const own = { PORT: String(port), METRICS_PORT: '0', DATA_DIR, DRAIN_SECONDS: '0' };
    const settings = { ...(await settingsOf(cluster, 'release-manager')), ...own };
    const manager = startManagerProcess({ ...files, settings });
    ends.push(() => manager.end('SIGTERM'));
    await manager.ready;
  }

  async function startDaemon(): Promise<void> {
    const { DATA_DIR, ...files } = await home('daemon');
    const token = await cluster.serviceAccountToken({ namespace, name: 'release-manager-daemon' });
    const own = { DATA_DIR, KUBECONFIG: await cluster.kubeconfigFor(token) };
    const settings = { ...(await settingsOf(cluster, 'release-manager-daemon')), ...own };
    const daemon = startDaemonProcess({ ...files, settings });
    ends.push(() => daemon.end());
    await daemon.ready;
  }

  return {
    instead: {
      settings: `export CONFIG_REPO=${configRepo.url}
export CONFIG_REPO_TOKEN=${configRepo.token}
export REGISTRY=registry.example.com/acme
export MANAGER=http://127.0.0.1:${port}
export FLUX_RECEIVER=${cluster.connection.receiverUrl ?? ''}`,
      clone: `cd '${checkout}'`,
      images: ':',
      'flux-install': ':',
      'port-forward': 'export RELEASE_MANAGER_URL="$MANAGER"',
    },
    after: { 'start-manager': startManager, 'start-daemon': startDaemon },
    async end() {
      for (const end of ends.toReversed()) await end();
    },
  };
}

/** What the container of a Deployment finds in its environment. */
async function settingsOf({ client }: ClusterAccess, name: string): Promise<Record<string, string>> {
  const deployment = await client.get({ kind: 'Deployment', namespace, name });
  const container = at(deployment, 'spec', 'template', 'spec', 'containers', 0);
  const secret = String(at(container, 'envFrom', 0, 'secretRef', 'name'));
  const { data = {} } = (await client.get({ kind: 'Secret', namespace, name: secret })) as { data?: object };
  const decoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(String(value), 'base64').toString()]);
  const named = (at(container, 'env') as { name: string; value?: string }[]).map((one) => [one.name, one.value ?? '']);
  return Object.fromEntries([...decoded, ...named]) as Record<string, string>;
}
