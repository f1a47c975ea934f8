/** What an object is, without its version: two versions of one group and kind are the same object in the cluster. */
export interface GroupKind {
  readonly apiGroup: string;
  readonly kind: string;
}

const workloads = new Set([
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/Job',
  'batch/CronJob',
  '/Pod',
]);

/** Kinds of Kubernetes itself, and of add-ons that many clusters have, which belong to no namespace. */
const clusterScoped = new Set([
  '/ComponentStatus',
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'authentication.k8s.io/SelfSubjectReview',
  'authentication.k8s.io/TokenReview',
  'authorization.k8s.io/SelfSubjectAccessReview',
  'authorization.k8s.io/SelfSubjectRulesReview',
  'authorization.k8s.io/SubjectAccessReview',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'internal.apiserver.k8s.io/StorageVersion',
  'networking.k8s.io/IPAddress',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/ServiceCIDR',
  'node.k8s.io/RuntimeClass',
  'policy/PodSecurityPolicy',
  'policy.networking.k8s.io/AdminNetworkPolicy',
  'policy.networking.k8s.io/BaselineAdminNetworkPolicy',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'resource.k8s.io/DeviceClass',
  'resource.k8s.io/ResourceSlice',
  'resource.k8s.io/DeviceTaintRule',
  'scheduling.k8s.io/PriorityClass',
  'snapshot.storage.k8s.io/VolumeSnapshotClass',
  'snapshot.storage.k8s.io/VolumeSnapshotContent',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttachment',
  'storage.k8s.io/VolumeAttributesClass',
  'storagemigration.k8s.io/StorageVersionMigration',
  'gateway.networking.k8s.io/GatewayClass',
  'karpenter.sh/NodePool',
  'karpenter.sh/NodeClaim',
  'keda.sh/ClusterTriggerAuthentication',
  'projectcalico.org/GlobalNetworkPolicy',
  'crd.projectcalico.org/GlobalNetworkPolicy',
  'pkg.crossplane.io/Configuration',
  'pkg.crossplane.io/Function',
  'pkg.crossplane.io/Provider',
  'security.openshift.io/SecurityContextConstraints',
]);

/** Kinds whose name begins with `Cluster` although they live in a namespace. */
const namespacedClusters = new Set([
  'operators.coreos.com/ClusterServiceVersion',
  'cluster.x-k8s.io/ClusterClass',
  'addons.cluster.x-k8s.io/ClusterResourceSet',
  'addons.cluster.x-k8s.io/ClusterResourceSetBinding',
]);

/** Objects of Argo CD that make it apply other things, with rights of its own. */
const argoDelegates = new Set(['argoproj.io/Application', 'argoproj.io/ApplicationSet', 'argoproj.io/AppProject']);

function idOf({ apiGroup, kind }: GroupKind): string {
  return `${apiGroup}/${kind}`;
}

/** True for the kinds that get the stamp and whose rollout is watched. */
export function isWorkload(what: GroupKind): boolean {
  return workloads.has(idOf(what));
}

/** Where a workload keeps the templates of the jobs and pods that are made from it. */
export function templatePaths(what: GroupKind): readonly (readonly string[])[] {
  if (!isWorkload(what) || what.kind === 'Pod') return [];
  if (what.kind !== 'CronJob') return [['spec', 'template']];
  return [
    ['spec', 'jobTemplate'],
    ['spec', 'jobTemplate', 'spec', 'template'],
  ];
}

/**
 * True for kinds that belong to no namespace. Of custom resources only the cluster knows; the convention of their authors,
 * a name that begins with `Cluster`, is taken as it is meant, since a wrong yes costs a line in `allowKinds` and a wrong no
 * lets one service change the whole cluster.
 */
export function isClusterScoped(what: GroupKind): boolean {
  if (clusterScoped.has(idOf(what))) return true;
  return /^Cluster[A-Z]/.test(what.kind) && !namespacedClusters.has(idOf(what));
}

/** True for a Kustomization of Flux or of kustomize: the manager writes those, and a second one could point anywhere. */
export function isKustomization({ apiGroup, kind }: GroupKind): boolean {
  return kind === 'Kustomization' || (apiGroup === 'kustomize.config.k8s.io' && kind === 'Component');
}

/** True for objects that make another controller apply or fetch something that nobody checked here. */
export function isDelegate(what: GroupKind): boolean {
  const isFlux = what.apiGroup === 'fluxcd.io' || what.apiGroup.endsWith('.fluxcd.io');
  return isFlux || what.apiGroup === 'fluxcd.controlplane.io' || argoDelegates.has(idOf(what));
}

/** True for objects that a service may bring only where `allowKinds` of the environment names them. */
export function needsAllowance(what: GroupKind): boolean {
  return isClusterScoped(what) || isDelegate(what);
}

/**
 * Whether a service may bring such an object where these kinds are allowed. An entry of `allowKinds` is a kind (`ClusterRole`)
 * or a kind with its group (`ClusterRole.rbac.authorization.k8s.io`). Kustomizations are never allowed, and what needs no
 * allowance always is.
 */
export function isKindAllowed(what: GroupKind, allowKinds: readonly string[]): boolean {
  if (isKustomization(what)) return false;
  if (!needsAllowance(what)) return true;
  return allowKinds.includes(what.kind) || allowKinds.includes(`${what.kind}.${what.apiGroup}`);
}
