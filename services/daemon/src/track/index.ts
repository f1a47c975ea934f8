export { ClusterWatch } from './cluster-watch.ts';
export type { KustomizationListener, ServiceKustomization } from './flux-tracker.ts';
export type { PodListener } from './pod-tracker.ts';
export { Reporter } from './reporter.ts';
