import { writeFile } from 'node:fs/promises';

import type { ConnectionOptions, Credentials } from './kube-connection.ts';

/** Writes a kubeconfig that names no other files (JSON is YAML); @returns the path. */
export async function writeKubeconfig(path: string, { url, ca, credentials }: ConnectionOptions): Promise<string> {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'test', user: userOf(credentials) }],
  };
  await writeFile(path, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  return path;
}

function userOf(credentials: Credentials): Record<string, string> {
  if ('token' in credentials) return { token: credentials.token };
  const { certificate, privateKey } = credentials;
  return { 'client-certificate-data': base64(certificate), 'client-key-data': base64(privateKey) };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
