export { FakeApiServer, type KubeFault, type KubeRequest } from './fake-api-server.ts';
export type { KubeObject, KubeResource } from './kube-object.ts';
export { listAt, textAt } from './play/fields.ts';
export { isReady, type PlayedImages } from './play/play-pod.ts';
export { playTurn } from './play/play-turn.ts';
