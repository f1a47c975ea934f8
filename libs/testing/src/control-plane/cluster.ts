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
  /** Where the folder with its files is made. Default: the folder for temporary files. */
  readonly parent?: string;
  /** Ends the start, and takes down what was started. Who has the cluster already ends it with `stop`. */
  readonly signal?: AbortSignal;
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
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { name, say, parent, signal } = options;
  const home = await createHome(name, await preparePrograms(say, signal), parent);
  const takeDown = (): void => void home.leave({ keepLogs: false });
  signal?.addEventListener('abort', takeDown);
  try {
    signal?.throwIfAborted();
    return await bringUp(home, options);
  } catch (error) {
    await home.leave({ keepLogs: true });
    throw error;
  } finally {
    signal?.removeEventListener('abort', takeDown);
  }
}

async function bringUp(home: Home, { name, flux = false, nodes = 1, signal }: ClusterOptions): Promise<Cluster> {
  const server = await createApiServer(home, createClusterKeys(), await startEtcd(home));
  // Who waits for an object would wait for a server that never comes back.
  const hangUp = (): void => server.admin.close();
  signal?.addEventListener('abort', hangUp);
  try {
    await server.start();
    const { definitions } = home.programs;
    await Promise.all([startControllers(home, server), applyDefinitions(server.admin, Object.values(definitions))]);
    await startKwok(home, server, nodes);
    const receiver = flux ? await startFluxControllers(home, server) : {};
    signal?.throwIfAborted();
    return createCluster(home, server, { name, ...receiver });
  } finally {
    signal?.removeEventListener('abort', hangUp);
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
