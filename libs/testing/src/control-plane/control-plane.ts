import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { ClusterKeys } from './certificate.ts';
import { freePort } from './free-port.ts';
import { untilReady, type GuardedProcess } from './guarded-process.ts';
import type { Home } from './home.ts';
import { createKubeClient, type KubeClient } from './kube-client.ts';
import { connect } from './kube-connection.ts';
import { writeKubeconfig } from './kubeconfig.ts';

export interface ApiServer {
  readonly url: string;
  readonly keys: ClusterKeys;
  /** Files with the keys, for programs that want paths. */
  readonly files: KeyFiles;
  /** Of the administrator. */
  readonly kubeconfig: string;
  readonly admin: KubeClient;
  /** Starts it at the same address as before; resolves when `/readyz` says ok. */
  start(): Promise<void>;
  /** SIGTERM lets it end in order, which takes a few seconds; SIGKILL is the crash. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

interface KeyFiles {
  readonly ca: string;
  readonly certificate: string;
  readonly privateKey: string;
  readonly publicKey: string;
}

/** etcd without its care for power cuts: nothing here outlives the test. @returns its address. */
export async function startEtcd(home: Home): Promise<string> {
  const [client, peer] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`) as [
    string,
    string,
  ];
  const etcd = await home.start('etcd', [
    '--name=test',
    `--data-dir=${join(home.folder, 'etcd', 'data')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]);
  await untilReady(etcd, async () => (await fetch(`${client}/readyz`)).ok);
  return client;
}

/** The API server in front of an etcd, not started yet. */
export async function createApiServer(home: Home, keys: ClusterKeys, etcd: string): Promise<ApiServer> {
  const files = await writeKeys(join(home.folder, 'keys'), keys);
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const credentials = { certificate: keys.certificate, privateKey: keys.privateKey };
  const kubeconfig = await writeKubeconfig(join(home.folder, 'kubeconfig'), { url, ca: keys.ca, credentials });
  const admin = createKubeClient({ url, ca: keys.ca, credentials });
  let running: GuardedProcess | undefined;
  return {
    url,
    keys,
    files,
    kubeconfig,
    admin,
    async start() {
      const started = await home.start('kube-apiserver', apiServerArguments(port, etcd, files));
      running = started;
      await untilReady(started, async () => (await admin.connection.text({ path: '/readyz' })) === 'ok');
    },
    async stop(signal) {
      await running?.stop(signal);
    },
  };
}

function apiServerArguments(port: number, etcd: string, files: KeyFiles): string[] {
  return [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    // A loopback address may not stand in the endpoints of the service `kubernetes`, so nobody writes them.
    '--advertise-address=127.0.0.1',
    '--endpoint-reconciler-type=none',
    `--secure-port=${port}`,
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.privateKey}`,
    `--client-ca-file=${files.ca}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${files.publicKey}`,
    `--service-account-signing-key-file=${files.privateKey}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    // Without it an orderly end waits for everybody who watches, which they do for minutes.
    '--shutdown-watch-termination-grace-period=1s',
  ];
}

/** Every controller of Kubernetes, and the scheduler, which alone gives pods their node. */
export async function startControllers(home: Home, { kubeconfig, keys, files, admin }: ApiServer): Promise<void> {
  const [managerPort, schedulerPort] = [await freePort(), await freePort()];
  const common = [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--bind-address=127.0.0.1'];
  const manager = await home.start('kube-controller-manager', [
    ...common,
    `--secure-port=${managerPort}`,
    `--service-account-private-key-file=${files.privateKey}`,
    `--root-ca-file=${files.ca}`,
    '--kube-api-qps=5000',
    '--kube-api-burst=10000',
    // The nodes of a machine that is busy are late with their heartbeat, and losing one would move every pod.
    '--node-monitor-grace-period=1h',
  ]);
  const scheduler = await home.start('kube-scheduler', [
    ...common,
    `--secure-port=${schedulerPort}`,
    `--tls-cert-file=${files.certificate}`,
    `--tls-private-key-file=${files.privateKey}`,
  ]);
  // It gives every namespace its service account, without which no pod can be made: the sign that its controllers work.
  const account = { kind: 'ServiceAccount', namespace: 'default', name: 'default' } as const;
  await untilReady(manager, async () => (await admin.find(account)) !== undefined);
  const { certificate, privateKey, ca } = keys;
  const credentials = { certificate, privateKey };
  const health = connect({ url: `https://127.0.0.1:${schedulerPort}`, ca, credentials });
  await untilReady(scheduler, async () => (await health.text({ path: '/healthz' })) === 'ok');
  health.close();
}

async function writeKeys(folder: string, keys: ClusterKeys): Promise<KeyFiles> {
  await mkdir(folder, { recursive: true });
  const write = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  return {
    ca: await write('ca.crt', keys.ca),
    certificate: await write('admin.crt', keys.certificate),
    privateKey: await write('admin.key', keys.privateKey),
    publicKey: await write('admin.pub', keys.publicKey),
  };
}
