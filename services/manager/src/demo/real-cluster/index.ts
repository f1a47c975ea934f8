export { realClusters, whyNoRealCluster } from './real-clusters.ts';
