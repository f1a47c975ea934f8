export { FakeApiServer, type KubeFault, type KubeRequest } from './fake-api-server.ts';
export type { KubeObject, KubeResource } from './kube-object.ts';
export { PodPlayer, type PodBehaviour, type PodPlayerOptions } from './pod-player.ts';
