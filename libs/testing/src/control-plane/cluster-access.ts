import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import type { ClusterKeys } from './certificate.ts';
import { createKubeClient, type KubeClient } from './kube-client.ts';
import { at, type KubeObject } from './kube-object.ts';
import { writeKubeconfig } from './kubeconfig.ts';

/** What one has to know of a running cluster to use it, also from another process of this machine. */
export interface ClusterConnection {
  readonly name: string;
  readonly folder: string;
  /** Of the API server. */
  readonly url: string;
  readonly keys: ClusterKeys;
  /** Path of the administrator's. */
  readonly kubeconfig: string;
  /** Where Flux takes the calls of Receivers; only with Flux. */
  readonly receiverUrl?: string;
}

export interface ContainerLogs {
  /** The pods of this whole namespace. */
  readonly namespace: string;
  /** Only containers of this name; default: all. */
  readonly container?: string;
  /** What the running container wrote. */
  readonly current: readonly string[];
  /** What the one before it wrote, which `previous` reads. */
  readonly previous?: readonly string[];
}

/** Everything that can be done to a cluster but starting and ending it. */
export interface ClusterAccess {
  readonly connection: ClusterConnection;
  /** The administrator. */
  readonly client: KubeClient;
  /** A client with the rights that the service account has. It must exist; close the client when done. */
  clientAs(account: { readonly namespace: string; readonly name: string }): Promise<KubeClient>;
  /** A token of the service account, for an hour or as many seconds as are asked for. */
  serviceAccountToken(
    account: { readonly namespace: string; readonly name: string },
    expirationSeconds?: number,
  ): Promise<string>;
  /** The path of a kubeconfig with that token. */
  kubeconfigFor(token: string): Promise<string>;
  /**
   * Gives containers logs, which they do not have without it (the API server answers 400). May be called again; pods that
   * are there have them when it is done, later ones when they come.
   */
  writeLogs(logs: ContainerLogs): Promise<void>;
}

export function accessCluster(connection: ClusterConnection): ClusterAccess {
  const { url, keys, folder } = connection;
  const { ca, certificate, privateKey } = keys;
  const client = createKubeClient({ url, ca, credentials: { certificate, privateKey } });
  let kubeconfigs = 0;
  const serviceAccountToken: ClusterAccess['serviceAccountToken'] = async (
    { namespace, name },
    expirationSeconds = 3_600,
  ) => {
    const answer = await client.request({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds } },
    });
    return String(at(answer, 'status', 'token'));
  };
  return {
    connection,
    client,
    serviceAccountToken,
    async clientAs(account) {
      return createKubeClient({ url, ca, credentials: { token: await serviceAccountToken(account) } });
    },
    kubeconfigFor(token) {
      kubeconfigs += 1;
      const path = join(folder, `kubeconfig-${process.pid}-${kubeconfigs}`);
      return writeKubeconfig(path, { url, ca, credentials: { token } });
    },
    async writeLogs({ namespace, container, current, previous }) {
      const name = [namespace, container].filter(Boolean).join('-');
      const logsFile = await writeLog(join(folder, 'container-logs'), `${name}.log`, current);
      const before =
        previous === undefined
          ? {}
          : { previousLogsFile: await writeLog(join(folder, 'container-logs'), `${name}-previous.log`, previous) };
      await client.apply({
        apiVersion: 'kwok.x-k8s.io/v1alpha1',
        kind: 'ClusterLogs',
        metadata: { name },
        spec: {
          selector: { matchNamespaces: [namespace] },
          logs: [{ ...(container === undefined ? {} : { containers: [container] }), logsFile, ...before }],
        },
      });
      await untilServed(client, { namespace, current, ...(container === undefined ? {} : { container }) });
    },
  };
}

/** kwok learns of the logs by a watch, and nothing says when it has: so they are read until they are the new ones. */
async function untilServed(client: KubeClient, { namespace, container, current }: ContainerLogs): Promise<void> {
  const pods = await client.list({ kind: 'Pod', namespace, fields: 'status.phase=Running' });
  const namesOf = (pod: KubeObject): string[] =>
    (at(pod, 'spec', 'containers') as { name: string }[]).map(({ name }) => name);
  const [target] = pods.flatMap((pod) =>
    namesOf(pod).flatMap((name) => (name === (container ?? name) ? [{ pod: pod.metadata.name, container: name }] : [])),
  );
  if (target === undefined) return;
  const wanted = current.map((line) => `${line}\n`).join('');
  const deadline = Date.now() + 30_000;
  for (;;) {
    const log = await client.podLog({ namespace, ...target }).catch((error: unknown) => error);
    if (log === wanted) return;
    if (Date.now() > deadline) throw new Error(`kwok does not serve the logs of ${namespace}`, { cause: log });
    await setTimeout(50);
  }
}

/** In the format of the container runtimes, which kwok reads: time, stream, whole line (`F`), text. */
async function writeLog(folder: string, name: string, lines: readonly string[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  await writeFile(path, lines.map((line) => `2026-01-02T03:04:05.000000000Z stderr F ${line}\n`).join(''));
  return path;
}
