import type { ParsedObject } from './manifest-parser.ts';

/** An object of a rendered environment that was checked: what is stored, so that two services cannot own one object. */
export interface ManifestObject {
  /** Empty for the core group. */
  readonly apiGroup: string;
  readonly version: string;
  readonly kind: string;
  /** Empty for an object that belongs to no namespace. */
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** True when it gets the stamp. */
  readonly workload: boolean;
}

/** What names an object, as far as it is text; nothing is checked. */
export interface ObjectHead {
  readonly apiGroup: string;
  readonly version: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function headOf({ tree, map }: ParsedObject): ObjectHead {
  const apiVersion = tree.text(tree.at(map, 'apiVersion')) ?? '';
  const slash = apiVersion.indexOf('/');
  return {
    apiGroup: slash === -1 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind: tree.text(tree.at(map, 'kind')) ?? '',
    namespace: tree.text(tree.at(map, 'metadata', 'namespace')) ?? '',
    name: tree.text(tree.at(map, 'metadata', 'name')) ?? '',
  };
}

/** `Deployment shop/web`, or `ClusterRole web` without a namespace. */
export function objectName(head: Pick<ObjectHead, 'kind' | 'namespace' | 'name'>): string {
  return `${head.kind} ${head.namespace === '' ? '' : `${head.namespace}/`}${head.name}`;
}

/** Equal for two objects exactly when they are the same one in the cluster. */
export function objectKey(head: Omit<ObjectHead, 'version'>): string {
  return JSON.stringify([head.apiGroup, head.kind, head.namespace, head.name]);
}
