import { setTimeout } from 'node:timers/promises';

import { KubeError, type KubeConnection, type KubeRequest } from './kube-connection.ts';
import type { KubeObject } from './kube-object.ts';

export interface WatchOptions {
  /** Default: two minutes, for machines that are busy; what succeeds takes seconds. */
  readonly timeoutMs?: number;
  /** What is waited for, in the words of the error. */
  readonly what?: string;
}

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubeObject;
}

/**
 * Lists and watches until `predicate` holds of all objects at once. A server that is away is waited for; one that refuses is
 * not. @throws Error with the last state when the time is over.
 */
export async function watchUntil(
  connection: KubeConnection,
  select: () => Promise<KubeRequest>,
  predicate: (objects: readonly KubeObject[]) => boolean,
  { timeoutMs = 120_000, what = 'the objects' }: WatchOptions,
): Promise<KubeObject[]> {
  const signal = AbortSignal.timeout(timeoutMs);
  const objects = new Map<string, KubeObject>();
  let trouble: unknown;
  while (!signal.aborted) {
    try {
      const found = await watchOnce(connection, { ...(await select()), signal }, objects, predicate);
      if (found) return [...objects.values()];
    } catch (error) {
      if (connection.isClosed) throw error;
      if (error instanceof KubeError && error.code < 500 && ![409, 410, 429].includes(error.code)) throw error;
      trouble = error;
      await setTimeout(100);
    }
  }
  const state = [...objects.values()].map((object) => JSON.stringify(summary(object))).join('\n');
  throw new Error(`${what}: not as expected within ${timeoutMs / 1_000} s. The last state:\n${state || 'nothing'}`, {
    cause: trouble,
  });
}

/** @returns false when the server ended the watch before the predicate held. */
async function watchOnce(
  connection: KubeConnection,
  request: KubeRequest,
  objects: Map<string, KubeObject>,
  predicate: (objects: readonly KubeObject[]) => boolean,
): Promise<boolean> {
  const list = (await connection.json(request)) as {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly resourceVersion: string };
    readonly items: readonly KubeObject[];
  };
  objects.clear();
  const kind = list.kind.replace(/List$/, '');
  for (const item of list.items) objects.set(key(item), { ...item, apiVersion: list.apiVersion, kind });
  if (predicate([...objects.values()])) return true;
  const { resourceVersion } = list.metadata;
  const query = { ...request.query, watch: 'true', resourceVersion, timeoutSeconds: '30' };
  for await (const line of connection.lines({ ...request, query })) {
    const { type, object } = JSON.parse(line) as WatchEvent;
    if (type === 'ERROR') return false;
    if (type === 'DELETED') objects.delete(key(object));
    else objects.set(key(object), object);
    if (predicate([...objects.values()])) return true;
  }
  return false;
}

function key({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Without what only fills the screen. */
function summary({ kind, metadata, status, ...rest }: KubeObject): object {
  const { namespace, name, generation, deletionTimestamp, labels, annotations } = metadata;
  const { reason, message } = rest;
  return { kind, namespace, name, generation, deletionTimestamp, labels, annotations, status, reason, message };
}
