export { crashingTag, crashLog } from './crash.ts';
export { isReady } from './play-pod.ts';
export { startSimulatedCluster, type SimulatedCluster } from './simulated-cluster.ts';
