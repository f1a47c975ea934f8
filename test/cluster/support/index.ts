export {
  at,
  conditionOf,
  isTrue,
  KubeError,
  nodeCapacity,
  startCluster,
  type Cluster,
  type ClusterAccess,
  type ClusterConnection,
  type ClusterOptions,
  type ContainerLogs,
  type Kind,
  type KubeClient,
  type KubeObject,
  type LogOptions,
  type Reference,
  type Scenario,
  type Selection,
  type WatchOptions,
} from '@release-manager/testing/control-plane';
export { describeCluster, ownCluster, sharedCluster } from './shared-cluster.ts';
export { deployment, job, namespace, type WorkloadOptions } from './workloads.ts';
export { startFlux, type Flux, type FluxAlerts, type FluxOptions } from './flux.ts';
export { commitRelease, commitUndeploy, type ServiceRelease } from './service-release.ts';
