import { createClusterKeys } from './certificate.ts';
import { accessCluster, type ClusterAccess, type ClusterConnection } from './cluster-access.ts';
import { createApiServer, startControllers, startEtcd, type ApiServer } from './control-plane.ts';
import { startFluxControllers } from './flux-controllers.ts';
import { createHome, type Home } from './home.ts';
import { applyDefinitions, startKwok } from './kwok.ts';
import { preparePrograms } from './programs.ts';

export interface ClusterOptions {
  /** A word for its folder. */
  readonly name: string;
  /** With Flux: source-, kustomize- and notification-controller and source-watcher. Its definitions are there in any case. */
  readonly flux?: boolean;
  /** Default: 1. */
  readonly nodes?: number;
  /** Told what is being built, where that was not done yet. */
  readonly say?: (line: string) => void;
}

/** A real control plane on loopback ports of its own, with kwok for the kubelets. It goes down with the process that started it. */
export interface Cluster extends ClusterAccess, AsyncDisposable {
  /** The folder with a log of each program. */
  readonly logs: string;
  /** SIGTERM ends it in order, SIGKILL is the crash; everything else stays up. */
  stopApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** At the same address; resolves when it is ready. */
  startApiServer(): Promise<void>;
  restartApiServer(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Kills everything, waits until it is gone and removes the files, all but the logs where those are kept. */
  stop(options?: { readonly keepLogs?: boolean }): Promise<void>;
}

/**
 * Brings a cluster up: seven seconds on an idle machine once its programs are built, minutes when that has to be done first.
 * @throws Error with the end of the log of the program that did not start; logs are kept then.
 */
export async function startCluster({ name, flux = false, nodes = 1, say }: ClusterOptions): Promise<Cluster> {
  const home = await createHome(name, await preparePrograms(say));
  try {
    const server = await createApiServer(home, createClusterKeys(), await startEtcd(home));
    await server.start();
    const { definitions } = home.programs;
    await Promise.all([startControllers(home, server), applyDefinitions(server.admin, Object.values(definitions))]);
    await startKwok(home, server, nodes);
    const receiver = flux ? await startFluxControllers(home, server) : {};
    return createCluster(home, server, { name, ...receiver });
  } catch (error) {
    await home.leave({ keepLogs: true });
    throw error;
  }
}

function createCluster(home: Home, server: ApiServer, known: Pick<ClusterConnection, 'name' | 'receiverUrl'>): Cluster {
  const { url, keys, kubeconfig } = server;
  const access = accessCluster({ ...known, folder: home.folder, url, keys, kubeconfig });
  const stop: Cluster['stop'] = async ({ keepLogs = false } = {}) => {
    access.client.close();
    server.admin.close();
    await home.leave({ keepLogs });
  };
  return {
    ...access,
    logs: home.logs,
    stop,
    stopApiServer: (signal = 'SIGTERM') => server.stop(signal),
    startApiServer: () => server.start(),
    async restartApiServer(signal = 'SIGTERM') {
      await server.stop(signal);
      await server.start();
    },
    [Symbol.asyncDispose]: () => stop(),
  };
}
