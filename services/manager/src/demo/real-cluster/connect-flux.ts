import { randomBytes } from 'node:crypto';

import { at, isTrue, readObjects, type ClusterAccess, type KubeObject } from '@release-manager/testing/control-plane';

import type { ClusterStart } from '../cluster-kind.ts';
import { bareEnvironment, runProgram } from '../processes/run-program.ts';
import { readDeployFiles } from './deploy-files.ts';

const namespace = 'flux-system';

export interface FluxOptions extends ClusterStart {
  /** Of the Secret with which Flux reads the config repo, as `release-cli init` was told. */
  readonly secretName: string;
}

/**
 * Lets Flux follow the config repo, listen to the daemon and talk to the manager, as docs/deploying.md says.
 * @returns the daemon's settings for the Receiver
 */
export async function connectFlux(
  { client, connection }: ClusterAccess,
  { environment, folder, configRepo, admin, managerUrl, secretName }: FluxOptions,
): Promise<Record<string, string>> {
  const receiverToken = randomBytes(32).toString('hex');
  const events = await admin(['token', 'flux', environment]);
  if (events.code !== 0) throw new Error(`release-cli token flux ${environment} failed: ${events.stderr}`);
  const sync = await readSyncFile(configRepo.path, environment, folder);
  await client.apply(
    secret(secretName, { username: 'git', password: configRepo.token }),
    secret('release-manager-receiver', { token: receiverToken }),
    secret('release-manager-events', {
      address: `${managerUrl}/v1/webhooks/flux/${environment}/default`,
      token: events.stdout.trim(),
    }),
    ...sync,
    ...(await readDeployFiles(['flux/receiver.yaml', 'flux/alert.yaml'], namespace)),
  );
  const receiver = await client.until({ kind: 'Receiver', namespace, name: 'release-manager' }, (object) =>
    isTrue(object, 'Ready'),
  );
  return {
    FLUX_RECEIVER_URL: `${connection.receiverUrl ?? ''}${String(at(receiver, 'status', 'webhookPath'))}`,
    FLUX_RECEIVER_TOKEN: receiverToken,
  };
}

function secret(name: string, stringData: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData };
}

/** What `release-cli init` wrote for `kubectl apply`. */
async function readSyncFile(repository: string, environment: string, home: string): Promise<KubeObject[]> {
  const path = `clusters/${environment}/${namespace}/sync.yaml`;
  const env = { ...bareEnvironment(home), GIT_CONFIG_GLOBAL: '/dev/null' };
  const args = ['-c', 'safe.directory=*', 'show', `main:${path}`];
  const { code, stdout, stderr } = await runProgram('git', args, { cwd: repository, env });
  if (code !== 0) throw new Error(`${path} could not be read: ${stderr}`);
  return readObjects([{ path, content: Buffer.from(stdout) }]);
}
