import type { RequestOptions } from 'node:https';

import { KubeConfig } from '@kubernetes/client-node';
import { messageOf } from '@release-manager/domain';

import type { KubeconfigAnswer } from './kubeconfig.ts';

/** Reads one kubeconfig, runs what it tells to run, and prints the address and the credentials as JSON. */
async function main(path: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(path);
  const cluster = config.getCurrentCluster();
  const user = config.getCurrentUser();
  if (cluster === null) throw new Error('it has no current context, or that context names no cluster');
  if (cluster.proxyUrl !== undefined) throw new Error('proxy-url is not supported');
  const options: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(options);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
  if (typeof options.auth === 'string')
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  const answer: KubeconfigAnswer = {
    server: cluster.server,
    headers,
    tls: {
      ...pem('ca', ca),
      ...pem('cert', cert),
      ...pem('key', key),
      ...(servername === undefined ? {} : { servername }),
      ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    },
    changes: user?.exec !== undefined || user?.authProvider !== undefined,
  };
  process.stdout.write(JSON.stringify(answer));
}

function pem<Name extends string>(name: Name, value: unknown): Partial<Record<Name, string>> {
  if (typeof value !== 'string' && !Buffer.isBuffer(value)) return {};
  return { [name]: value.toString() } as Partial<Record<Name, string>>;
}

try {
  await main(process.argv[2] ?? '');
} catch (error) {
  process.stderr.write(messageOf(error));
  process.exitCode = 1;
}
