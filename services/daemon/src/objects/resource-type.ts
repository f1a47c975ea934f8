/** A kind of object, and where the API server serves it. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  /** The versions that are understood, the one that is preferred first. */
  readonly versions: readonly [string, ...string[]];
  readonly plural: string;
  readonly kind: string;
}

/** The path of a list or of one object, below the server's address. */
export function resourcePath(
  type: Pick<ResourceType, 'group' | 'plural'>,
  place: { readonly version: string; readonly namespace?: string | undefined; readonly name?: string | undefined },
): string {
  const { version, namespace, name } = place;
  const root = type.group === '' ? `/api/${version}` : `/apis/${type.group}/${version}`;
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${within}/${type.plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** The kinds that the daemon watches. The ClusterRole in `deploy` names the same ones. */
export const resourceTypes = {
  deployments: { group: 'apps', versions: ['v1'], plural: 'deployments', kind: 'Deployment' },
  statefulSets: { group: 'apps', versions: ['v1'], plural: 'statefulsets', kind: 'StatefulSet' },
  daemonSets: { group: 'apps', versions: ['v1'], plural: 'daemonsets', kind: 'DaemonSet' },
  replicaSets: { group: 'apps', versions: ['v1'], plural: 'replicasets', kind: 'ReplicaSet' },
  controllerRevisions: {
    group: 'apps',
    versions: ['v1'],
    plural: 'controllerrevisions',
    kind: 'ControllerRevision',
  },
  jobs: { group: 'batch', versions: ['v1'], plural: 'jobs', kind: 'Job' },
  cronJobs: { group: 'batch', versions: ['v1'], plural: 'cronjobs', kind: 'CronJob' },
  pods: { group: '', versions: ['v1'], plural: 'pods', kind: 'Pod' },
  events: { group: '', versions: ['v1'], plural: 'events', kind: 'Event' },
  kustomizations: {
    group: 'kustomize.toolkit.fluxcd.io',
    versions: ['v1'],
    plural: 'kustomizations',
    kind: 'Kustomization',
  },
  gitRepositories: {
    group: 'source.toolkit.fluxcd.io',
    versions: ['v1'],
    plural: 'gitrepositories',
    kind: 'GitRepository',
  },
  externalArtifacts: {
    group: 'source.toolkit.fluxcd.io',
    versions: ['v1'],
    plural: 'externalartifacts',
    kind: 'ExternalArtifact',
  },
  artifactGenerators: {
    group: 'source.extensions.fluxcd.io',
    versions: ['v1', 'v1beta1'],
    plural: 'artifactgenerators',
    kind: 'ArtifactGenerator',
  },
} as const satisfies Readonly<Record<string, ResourceType>>;
