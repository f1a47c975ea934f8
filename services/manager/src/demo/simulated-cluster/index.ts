export { crashingTag, crashLog, runLog } from './crash.ts';
export { startSimulatedCluster, type SimulatedCluster } from './simulated-cluster.ts';
