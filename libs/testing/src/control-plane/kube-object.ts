export type Fields = Readonly<Record<string, unknown>>;

export interface ObjectMeta extends Fields {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly { readonly kind: string; readonly name: string; readonly uid: string }[];
}

/** Any object of the API; what lies in it is read with `at`. */
export interface KubeObject extends Fields {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec?: Fields;
  readonly status?: Fields;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

/** The value at a path, `undefined` where the path ends before: `at(deployment, 'status', 'readyReplicas')`. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (current, key) => (typeof current === 'object' && current !== null ? (current as Fields)[key] : undefined),
    value,
  );
}

export function conditionOf(object: KubeObject | undefined, type: string): Condition | undefined {
  const conditions = at(object, 'status', 'conditions');
  if (!Array.isArray(conditions)) return undefined;
  return (conditions as readonly Condition[]).find((condition) => condition.type === type);
}

/** Its condition of this type is True and speaks of the newest generation. */
export function isTrue(object: KubeObject | undefined, type: string): boolean {
  const observed = at(object, 'status', 'observedGeneration');
  const current = typeof observed !== 'number' || observed === object?.metadata.generation;
  return current && conditionOf(object, type)?.status === 'True';
}

/** The API version of every kind that tests name without it. */
const apiVersions = {
  Namespace: 'v1',
  Node: 'v1',
  Pod: 'v1',
  ConfigMap: 'v1',
  Secret: 'v1',
  Service: 'v1',
  ServiceAccount: 'v1',
  Event: 'v1',
  PersistentVolumeClaim: 'v1',
  ResourceQuota: 'v1',
  Deployment: 'apps/v1',
  ReplicaSet: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  Job: 'batch/v1',
  CronJob: 'batch/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
  ClusterRole: 'rbac.authorization.k8s.io/v1',
  ClusterRoleBinding: 'rbac.authorization.k8s.io/v1',
  CustomResourceDefinition: 'apiextensions.k8s.io/v1',
  GitRepository: 'source.toolkit.fluxcd.io/v1',
  ExternalArtifact: 'source.toolkit.fluxcd.io/v1',
  Kustomization: 'kustomize.toolkit.fluxcd.io/v1',
  ArtifactGenerator: 'source.extensions.fluxcd.io/v1beta1',
  Receiver: 'notification.toolkit.fluxcd.io/v1',
  Provider: 'notification.toolkit.fluxcd.io/v1beta3',
  Alert: 'notification.toolkit.fluxcd.io/v1beta3',
  Stage: 'kwok.x-k8s.io/v1alpha1',
  ClusterLogs: 'kwok.x-k8s.io/v1alpha1',
} as const;

/** A kind by name, or with its API version where `apiVersions` does not have it. */
export type Kind = keyof typeof apiVersions | { readonly apiVersion: string; readonly kind: string };

export function groupKind(kind: Kind): { readonly apiVersion: string; readonly kind: string } {
  return typeof kind === 'string' ? { apiVersion: apiVersions[kind], kind } : kind;
}

/** One object of the API. */
export interface Reference {
  readonly kind: Kind;
  readonly name: string;
  /** Of namespaced kinds only. */
  readonly namespace?: string;
}

/** The reference of an object that somebody has in hand. */
export function referenceOf({ apiVersion, kind, metadata }: KubeObject): Reference {
  const { name, namespace } = metadata;
  return { kind: { apiVersion, kind }, name, ...(namespace === undefined ? {} : { namespace }) };
}
