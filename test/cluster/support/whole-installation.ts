import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import type { InitEnvironment } from '@release-manager/config-repo';
import { createClient, createToken, listReleases, type Client, type ReleaseView } from '@release-manager/contract';
import { startGitServer, testDatabase, type TestDatabase } from '@release-manager/testing';
import type { ClusterAccess } from '@release-manager/testing/control-plane';

import { createCli, type Cli } from '../../../services/manager/src/demo/processes/cli.ts';
import {
  startManagerProcess,
  type ManagerProcess,
} from '../../../services/manager/src/demo/processes/manager-process.ts';
import { bareEnvironment } from '../../../services/manager/src/demo/processes/run-program.ts';
import { createStubbornClient, type StubbornClient } from '../../support/stubborn-client.ts';
import { renderKustomization } from './deploy-tools.ts';
import { startFlux, type Flux } from './flux.ts';
import { namespace } from './workloads.ts';

const adminToken = 'a-token-for-tests-only-0123456789';
const daemonMain = join(import.meta.dirname, '..', '..', '..', 'services', 'daemon', 'src', 'main.ts');
const account = { namespace: 'release-manager', name: 'release-daemon' };

/** Everything, as it runs for real: manager and daemon in processes of their own, Flux, and a cluster. */
export interface WholeInstallation {
  readonly flux: Flux;
  readonly client: StubbornClient;
  readonly api: Client;
  readonly cli: Cli;
  /** Waits until the release of the artifact to the environment is in one of the states. */
  untilRelease(
    target: { readonly service: string; readonly environment: string; readonly artifact?: string },
    ...states: readonly ReleaseView['state'][]
  ): Promise<ReleaseView>;
  /** kill -9, and another in its place; resolves when that one answers, at the same address. */
  killManager(): Promise<void>;
  /** kill -9, and another in its place with the same folder. */
  killDaemon(): Promise<void>;
  stop(): Promise<void>;
}

export interface WholeInstallationOptions {
  readonly environment: InitEnvironment;
  /** Further files of the config repo. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * The daemon runs under its own ServiceAccount, with the rights of deploy/base/daemon and no others. When something does not start,
 * everything that did is ended: a process that is left behind would go on with the cluster of the next test.
 */
export async function startWholeInstallation(
  cluster: ClusterAccess,
  options: WholeInstallationOptions,
): Promise<WholeInstallation> {
  const started = new AsyncDisposableStack();
  try {
    return await start(cluster, options, started);
  } catch (error) {
    await started.disposeAsync();
    throw error;
  }
}

/** @param started is told how to end each part as soon as there is something to end; the last one ends first. */
async function start(
  cluster: ClusterAccess,
  { environment, files = {} }: WholeInstallationOptions,
  started: AsyncDisposableStack,
): Promise<WholeInstallation> {
  const folder = await mkdtemp(join(tmpdir(), 'whole-installation-'));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const database = await testDatabase();
  started.defer(() => database.drop());
  const server = await startGitServer();
  started.defer(() => server.stop());
  await server.create('config');
  const flux = await startFlux(cluster, { environments: [environment], repoUrl: server.url('config') });
  started.defer(() => flux.stop());
  const edits = Object.entries(files).map(
    ([path, text]) => ({ kind: 'put', path, content: Buffer.from(text) }) as const,
  );
  if (edits.length > 0) await flux.clone.commit(edits, 'Rules');
  const startManager = (port: string): ManagerProcess =>
    startManagerProcess({
      home: folder,
      logFile: join(folder, 'manager.log'),
      settings: {
        PORT: port,
        DATA_DIR: join(folder, 'data'),
        DATABASE_URL: database.url,
        CONFIG_REPO_URL: server.url('config'),
        CONFIG_REPO_POLL_SECONDS: '0.5',
        ADMIN_TOKEN: adminToken,
      },
    });
  let manager = startManager('0');
  started.defer(async () => void (await manager.end('SIGTERM')));
  const { url } = await manager.ready;
  const api = createClient({ url, token: adminToken, timeoutSeconds: 30 });
  const daemon = await startDaemonProcess(cluster, { folder, url, flux, api, environment: environment.name });
  started.defer(() => daemon.stop());
  await untilHeard(database);
  return {
    flux,
    api,
    client: createStubbornClient(url, adminToken),
    cli: createCli({ home: folder, url, token: adminToken }),
    untilRelease: (target, ...states) => untilRelease(api, target, states, folder),
    async killManager() {
      await manager.end('SIGKILL');
      manager = startManager(new URL(url).port);
      await manager.ready;
    },
    killDaemon: () => daemon.kill(),
    stop: () => started.disposeAsync(),
  };
}

/** Until the manager knows of the daemon, it neither watches what it commits nor asks for a poke. */
async function untilHeard({ database }: TestDatabase): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const heard: unknown = await database.db('daemons').whereRaw("facts->>'synced' = 'true'").first('cluster');
    if (heard !== undefined) return;
    if (Date.now() > deadline) throw new Error('the manager does not hear of the daemon');
    await setTimeout(50);
  }
}

interface DaemonOptions {
  readonly folder: string;
  readonly url: string;
  readonly flux: Flux;
  readonly api: Client;
  readonly environment: string;
}

interface DaemonProcess {
  kill(): Promise<void>;
  stop(): Promise<void>;
}

async function startDaemonProcess(
  cluster: ClusterAccess,
  { folder, url, flux, api, environment }: DaemonOptions,
): Promise<DaemonProcess> {
  const rights = (await renderKustomization('deploy/base/daemon')).filter(({ kind }) => kind !== 'Deployment');
  await cluster.client.apply(namespace(account.namespace), ...rights);
  const { secret } = await api.call(createToken, { kind: 'daemon', name: 'test', environment });
  const settings = {
    RELEASE_MANAGER_URL: url,
    RELEASE_MANAGER_TOKEN: secret,
    ENVIRONMENT: environment,
    DATA_DIR: join(folder, 'daemon'),
    KUBECONFIG: await cluster.kubeconfigFor(await cluster.serviceAccountToken(account)),
    FLUX_RECEIVER_URL: flux.receiver.url,
    FLUX_RECEIVER_TOKEN: flux.receiver.token,
  };
  const log = createWriteStream(join(folder, 'daemon.log'));
  const start = (): ((signal: NodeJS.Signals) => Promise<void>) => {
    const child = spawn(process.execPath, [daemonMain], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...bareEnvironment(folder), ...settings },
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    const ended = new Promise((resolve) => child.once('close', resolve));
    return async (signal) => {
      child.kill(signal);
      await ended;
    };
  };
  let end = start();
  return {
    async kill() {
      await end('SIGKILL');
      end = start();
    },
    async stop() {
      await end('SIGTERM');
      log.end();
    },
  };
}

async function untilRelease(
  api: Client,
  {
    service,
    environment,
    artifact,
  }: { readonly service: string; readonly environment: string; readonly artifact?: string },
  states: readonly string[],
  folder: string,
): Promise<ReleaseView> {
  const deadline = Date.now() + 120_000;
  const wanted = artifact === undefined ? {} : { artifact };
  for (;;) {
    const { items } = await api.call(listReleases, { service, environment, ...wanted, limit: 1 });
    const [release] = items;
    if (release !== undefined && states.includes(release.state)) return release;
    if (Date.now() > deadline) {
      const now = release === undefined ? 'nothing' : `${release.state} (${release.says})`;
      throw new Error(`${environment}/${service} is ${now} and not ${states.join(' or ')}; logs: ${folder}`);
    }
    await setTimeout(100);
  }
}
