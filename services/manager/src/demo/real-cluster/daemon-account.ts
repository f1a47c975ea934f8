import type { ClusterAccess } from '@release-manager/testing/control-plane';

import { readDeployFiles } from './deploy-files.ts';

const account = { namespace: 'release-manager', name: 'release-daemon' };
/** As long as the certificates of the cluster live. */
const lifetimeSeconds = 30 * 24 * 60 * 60;

/** Gives the daemon the rights that it has in every cluster, and no others; @returns the path of its kubeconfig. */
export async function createDaemonAccount(cluster: ClusterAccess): Promise<string> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: account.namespace } };
  await cluster.client.apply(namespace, ...(await readDeployFiles(['base/daemon/rbac.yaml'], account.namespace)));
  return cluster.kubeconfigFor(await cluster.serviceAccountToken(account, lifetimeSeconds));
}
