import { assertEnvironmentName, assertServiceName, isDnsLabel } from '@release-manager/domain';

/** Where everything lies in the config repo. Paths are from its root, without a leading slash. */
export const layout = {
  main: 'release-manager.yaml',
  people: 'people.yaml',
  policies: 'policies',
  /** The folder that a release of the service replaces whole. */
  release: (environment: string, namespace: string, service: string): string =>
    `${environment}/releases/${namespace}/${service}`,
  releases: (environment: string): string => `${environment}/releases`,
  /** What the root Kustomization of an environment applies. */
  cluster: (environment: string): string => `clusters/${environment}`,
  /** The service's Flux Kustomization. */
  kustomization: (environment: string, namespace: string, service: string): string =>
    `clusters/${environment}/${namespace}/${service}.yaml`,
  namespaceFile: (environment: string, namespace: string): string =>
    `clusters/${environment}/${namespace}/namespace.yaml`,
  /** The ArtifactGenerator of the namespace, in the sliced layout. */
  artifacts: (environment: string, namespace: string): string => `clusters/${environment}/${namespace}/artifacts.yaml`,
  /** The root objects of an environment; its folder is free because no service may have the namespace of Flux. */
  sync: (environment: string, fluxNamespace: string): string => `clusters/${environment}/${fluxNamespace}/sync.yaml`,
  policyFile: (service: string): string => `policies/${service}.yaml`,
  /** Where Lunar kept them. */
  lunarPolicyFile: (service: string): string => `policies/${service}.json`,
  states: 'state',
  state: (environment: string, service: string): string => `state/${environment}/${service}.json`,
} as const;

export interface ReleaseFolder {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
}

/** The target whose release folder the path is, or lies in; nothing for any other path. */
export function parseReleaseFolder(path: string): ReleaseFolder | undefined {
  const [environment = '', releases, namespace = '', service = ''] = path.split('/');
  if (releases !== 'releases' || !isDnsLabel(namespace) || !isName(assertServiceName, service)) return undefined;
  return isName(assertEnvironmentName, environment) ? { environment, namespace, service } : undefined;
}

function isName(assert: (name: string) => void, name: string): boolean {
  try {
    assert(name);
    return true;
  } catch {
    return false;
  }
}
