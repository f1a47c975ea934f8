import { setTimeout } from 'node:timers/promises';

import { KubeError, type KubeConnection } from './kube-connection.ts';
import { groupKind, type Kind, type Reference } from './kube-object.ts';

/** Where the API server keeps what. */
export interface KubePaths {
  collection(kind: Kind, namespace?: string): Promise<string>;
  object(reference: Reference, subresource?: string): Promise<string>;
}

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** A definition is established a moment before its kind is listed. */
const patienceMs = 10_000;

/** Paths by what the server itself says of its kinds; asked once for each API version, and again for a kind that was not there. */
export function createPaths(connection: KubeConnection): KubePaths {
  const known = new Map<string, readonly Resource[]>();
  const root = (apiVersion: string): string =>
    apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;

  const ask = async (apiVersion: string): Promise<void> => {
    const { resources } = (await connection.json({ path: root(apiVersion) })) as { resources: Resource[] };
    known.set(apiVersion, resources);
  };
  const find = async (wanted: Kind): Promise<Resource & { readonly root: string }> => {
    const { apiVersion, kind } = groupKind(wanted);
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const resources = known.get(apiVersion) ?? [];
      const resource = resources.find(({ name, kind: found }) => found === kind && !name.includes('/'));
      if (resource !== undefined) return { ...resource, root: root(apiVersion) };
      if (Date.now() > deadline) throw new Error(`the API server has no ${kind} in ${apiVersion}`);
      if (known.has(apiVersion)) await setTimeout(100);
      await ask(apiVersion).catch(async (error: unknown) => {
        if (!(error instanceof KubeError && error.code === 404)) throw error;
        await setTimeout(100);
      });
    }
  };

  const collection = async (kind: Kind, namespace?: string): Promise<string> => {
    const { root: path, name, namespaced } = await find(kind);
    return namespaced && namespace !== undefined ? `${path}/namespaces/${namespace}/${name}` : `${path}/${name}`;
  };
  return {
    collection,
    async object({ kind, name, namespace }, subresource) {
      const folder = await collection(kind, namespace ?? 'default');
      return [folder, encodeURIComponent(name), ...(subresource === undefined ? [] : [subresource])].join('/');
    },
  };
}
