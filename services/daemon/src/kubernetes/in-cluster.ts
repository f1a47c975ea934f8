import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError, messageOf } from '@release-manager/domain';

import { keepCredentials, type CredentialSource } from './credentials.ts';

const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The kubelet replaces the token before it ends; client-go looks as often. */
const tokenMs = 60_000;

export interface InCluster {
  /** `KUBERNETES_SERVICE_HOST` and `_PORT`, which every pod has. */
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly folder?: string;
}

/**
 * The service account that a pod runs under. Without the client library, whose models take 85 MB: this is all that is
 * needed of it here.
 * @throws AppError invalid `kubernetes.no-cluster` outside a pod.
 */
export function inClusterCredentials(where: InCluster): CredentialSource {
  const { host, port = '443', folder = serviceAccount } = where;
  if (host === undefined) {
    throw new AppError(
      'invalid',
      'kubernetes.no-cluster',
      'This process runs in no cluster, and KUBECONFIG is not set.',
      {
        next: 'set KUBECONFIG to a kubeconfig file, or run the daemon in the cluster',
      },
    );
  }
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return keepCredentials(async () => {
    const [token, ca] = await Promise.all([read(folder, 'token'), read(folder, 'ca.crt')]);
    return {
      credentials: { server, headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } },
      keepFor: tokenMs,
    };
  });
}

async function read(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (error) {
    throw new AppError(
      'unavailable',
      'kubernetes.service-account',
      `The service account cannot be read: ${messageOf(error)}.`,
      {
        next: 'check that the pod has a service account and automountServiceAccountToken is not false',
        cause: error,
      },
    );
  }
}
