import type { KubeResource } from './kube-object.ts';

export interface ApiPath {
  readonly group: string;
  readonly version: string;
  /** Absent: the request is about the group and version itself. */
  readonly plural: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** What a path below `/api` or `/apis` speaks of. */
export function parseApiPath(pathname: string): ApiPath | undefined {
  const parts = pathname
    .split('/')
    .filter((part) => part !== '')
    .map((part) => decodeURIComponent(part));
  const [root, ...rest] = parts;
  if (root !== 'api' && root !== 'apis') return undefined;
  const [group, version, ...below] = root === 'api' ? ['', ...rest] : rest;
  if (group === undefined || version === undefined) return undefined;
  const isNamespaced = below[0] === 'namespaces' && below.length > 2;
  const [plural, name, subresource] = isNamespaced ? below.slice(2) : below;
  return { group, version, plural, namespace: isNamespaced ? below[1] : undefined, name, subresource };
}

/** The answer to a question which kinds a group and version have. */
export function resourceList(path: ApiPath, known: readonly KubeResource[]): object | undefined {
  const resources = known.filter(({ group, version }) => group === path.group && version === path.version);
  if (resources.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: path.group === '' ? path.version : `${path.group}/${path.version}`,
    resources: resources.map(({ plural, kind, namespaced }) => ({
      name: plural,
      singularName: '',
      namespaced,
      kind,
      verbs: ['get', 'list', 'watch'],
    })),
  };
}
