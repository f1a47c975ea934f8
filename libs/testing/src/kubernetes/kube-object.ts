/** An object of the fake API server: plain JSON, as the real one sends it. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface KubeResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

function resource(group: string, plural: string, kind: string, version = 'v1'): KubeResource {
  return { group, version, plural, kind, namespaced: true };
}

/** What the fake knows from the start: the kinds of Kubernetes that releases are made of, and those of Flux. */
export const usualResources: readonly KubeResource[] = [
  resource('', 'pods', 'Pod'),
  resource('', 'events', 'Event'),
  resource('', 'services', 'Service'),
  resource('', 'configmaps', 'ConfigMap'),
  resource('', 'secrets', 'Secret'),
  resource('', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  resource('apps', 'deployments', 'Deployment'),
  resource('apps', 'statefulsets', 'StatefulSet'),
  resource('apps', 'daemonsets', 'DaemonSet'),
  resource('apps', 'replicasets', 'ReplicaSet'),
  resource('apps', 'controllerrevisions', 'ControllerRevision'),
  resource('batch', 'jobs', 'Job'),
  resource('batch', 'cronjobs', 'CronJob'),
  resource('networking.k8s.io', 'ingresses', 'Ingress'),
  resource('kustomize.toolkit.fluxcd.io', 'kustomizations', 'Kustomization'),
  resource('source.toolkit.fluxcd.io', 'gitrepositories', 'GitRepository'),
  resource('source.toolkit.fluxcd.io', 'externalartifacts', 'ExternalArtifact'),
  resource('source.extensions.fluxcd.io', 'artifactgenerators', 'ArtifactGenerator', 'v1beta1'),
];
