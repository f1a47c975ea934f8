import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';

import type { KubeObject, KubeResource } from './kube-object.ts';

/** One change, as a watch would tell it before selectors are applied. */
export interface StoredChange {
  readonly version: number;
  readonly resource: KubeResource;
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
}

/** Objects with one version counter for all, as etcd has, and the history that watches are answered from. */
export class ObjectStore {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #history: StoredChange[] = [];
  readonly #listeners = new Set<(change: StoredChange) => void>();
  #version = 1_000;
  /** Changes up to it are forgotten. */
  #horizon = 0;

  get version(): number {
    return this.#version;
  }

  get horizon(): number {
    return this.#horizon;
  }

  /** Watches from before now have to list again. */
  compact(): void {
    this.#horizon = this.#version;
    this.#history.length = 0;
  }

  get(resource: KubeResource, namespace: string, name: string): KubeObject | undefined {
    return this.#of(resource).get(`${namespace}/${name}`);
  }

  list(resource: KubeResource): KubeObject[] {
    return [...this.#of(resource).entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Creates or replaces. The uid stays, the generation rises with the spec, and the status stays unless it is given. */
  put(resource: KubeResource, object: KubeObject): KubeObject {
    const { namespace = '', name } = object.metadata;
    const before = this.get(resource, namespace, name);
    this.#version += 1;
    const after = successor(before, object, this.#version);
    this.#of(resource).set(`${namespace}/${name}`, after);
    this.#tell({ version: this.#version, resource, before, after });
    return after;
  }

  remove(resource: KubeResource, namespace: string, name: string): KubeObject | undefined {
    const before = this.get(resource, namespace, name);
    if (before === undefined) return undefined;
    this.#of(resource).delete(`${namespace}/${name}`);
    this.#version += 1;
    // The last state of a deleted object comes with the version of its deletion.
    const last = { ...before, metadata: { ...before.metadata, resourceVersion: String(this.#version) } };
    this.#tell({ version: this.#version, resource, before: last, after: undefined });
    return last;
  }

  since(version: number): readonly StoredChange[] {
    return this.#history.filter((change) => change.version > version);
  }

  /** @returns a function that ends it. */
  subscribe(listener: (change: StoredChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(change: StoredChange): void {
    this.#history.push(change);
    for (const listener of this.#listeners) listener(change);
  }

  #of({ group, plural }: KubeResource): Map<string, KubeObject> {
    const key = `${group}/${plural}`;
    const objects = this.#objects.get(key) ?? new Map<string, KubeObject>();
    this.#objects.set(key, objects);
    return objects;
  }
}

const manager = { manager: 'fake', operation: 'Update', fieldsV1: { 'f:metadata': {} } };

function successor(before: KubeObject | undefined, object: KubeObject, version: number): KubeObject {
  return {
    ...(before?.['status'] === undefined ? {} : { status: before['status'] }),
    ...object,
    metadata: {
      creationTimestamp: before?.metadata['creationTimestamp'] ?? new Date().toISOString().replace(/\.\d+/, ''),
      managedFields: [manager],
      ...object.metadata,
      uid: before?.metadata.uid ?? object.metadata.uid ?? randomUUID(),
      generation: before === undefined ? 1 : generationAfter(before, object),
      resourceVersion: String(version),
    },
  };
}

function generationAfter(before: KubeObject, object: KubeObject): number {
  return (before.metadata.generation ?? 1) + (isDeepStrictEqual(before['spec'], object['spec']) ? 0 : 1);
}
