/**
 * Kinds of which nothing more is to be learned than that Flux applied them: those that are watched anyhow, and those that
 * have no status that could be bad.
 */
const settled = new Set([
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/Job',
  'batch/CronJob',
  '/Pod',
  '/ConfigMap',
  '/Secret',
  '/Service',
  '/ServiceAccount',
  '/Namespace',
  '/LimitRange',
  '/ResourceQuota',
  'rbac.authorization.k8s.io/Role',
  'rbac.authorization.k8s.io/RoleBinding',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'networking.k8s.io/NetworkPolicy',
  'networking.k8s.io/Ingress',
  'networking.k8s.io/IngressClass',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/StorageClass',
  'kustomize.toolkit.fluxcd.io/Kustomization',
]);

/** True for an object whose conditions are worth a look: a custom resource, a volume claim, an autoscaler. */
export function isWorthALook({ group, kind }: { readonly group: string; readonly kind: string }): boolean {
  return !settled.has(`${group}/${kind}`);
}
