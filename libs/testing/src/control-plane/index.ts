export { accessCluster, type ClusterAccess, type ClusterConnection, type ContainerLogs } from './cluster-access.ts';
export { startCluster, type Cluster, type ClusterOptions } from './cluster.ts';
export { freePort } from './free-port.ts';
export { startProcess, untilReady, type GuardedProcess } from './guarded-process.ts';
export type { KubeClient, LogOptions, Selection } from './kube-client.ts';
export { KubeError } from './kube-connection.ts';
export {
  at,
  conditionOf,
  isTrue,
  referenceOf,
  type Fields,
  type Kind,
  type KubeObject,
  type Reference,
} from './kube-object.ts';
export { nodeCapacity } from './kwok.ts';
export { readObjects } from './manifests.ts';
export type { Scenario } from './pod-stages.ts';
export { preparePrograms, whyNoCluster } from './programs.ts';
export type { WatchOptions } from './watch-until.ts';
