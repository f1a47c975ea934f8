import type { FakeApiServer, KubeObject } from '@release-manager/testing';

/** Kinds that belong to no namespace. */
const clusterScoped = new Set(['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'PriorityClass', 'StorageClass']);

/** The group of an object; empty for the core one. */
export function groupOf({ apiVersion }: KubeObject): string {
  const slash = apiVersion.indexOf('/');
  return slash === -1 ? '' : apiVersion.slice(0, slash);
}

export function versionOf({ apiVersion }: KubeObject): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}

export function isNamespaced({ kind }: KubeObject): boolean {
  return !clusterScoped.has(kind);
}

/** Kinds that the API server has been told of: what a real one has from the start or learns from a CRD. */
export function createKinds(api: FakeApiServer): (object: KubeObject) => void {
  const known = new Set<string>();
  return (object) => {
    const { kind } = object;
    if (known.has(kind)) return;
    known.add(kind);
    if (isKnown(api, kind)) return;
    const lower = kind.toLowerCase();
    const plural = /(?:s|ss|x|ch)$/.test(lower) ? `${lower}es` : lower.replace(/y$/, 'ie').concat('s');
    api.install({ group: groupOf(object), version: versionOf(object), plural, kind, namespaced: isNamespaced(object) });
  };
}

function isKnown(api: FakeApiServer, kind: string): boolean {
  try {
    api.list(kind);
    return true;
  } catch {
    return false;
  }
}
