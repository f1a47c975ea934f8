import { isReady } from '@release-manager/testing';

import { startClusterDaemon } from './cluster-daemon.ts';
import type { ClusterKind } from './cluster-kind.ts';
import { imagesOf } from './images-of.ts';
import { startSimulatedCluster } from './simulated-cluster/index.ts';

/** Clusters that run anywhere, since nothing runs in them. */
export const simulatedClusters: ClusterKind = {
  named: 'two simulated clusters',
  headline: 'Two simulated clusters, with the real daemon in each',
  plainly:
    'No container runs here: an API server of tests, and loops that play Flux and the kubelets. The daemons are real.',
  initOptions: '',
  managerSettings: {},
  async start(options) {
    const { environment, configRepo } = options;
    const cluster = await startSimulatedCluster({ environment, repository: configRepo.path });
    const { api, receiverUrl } = cluster;
    const settings = { FLUX_RECEIVER_URL: receiverUrl };
    const daemon = await startClusterDaemon(options, { kubeconfig: api.kubeconfig, settings });
    return {
      cluster: {
        servingPods: (service) =>
          Promise.resolve(
            api
              .list('Pod')
              .filter((pod) => pod.metadata.labels?.['release-manager.io/service'] === service && isReady(pod))
              .map((pod) => ({ uid: pod.metadata.uid ?? '', images: imagesOf(pod['spec']) })),
          ),
      },
      tryThis: [],
      ready: daemon.ready,
      lost: Promise.race([cluster.lost, daemon.lost]),
      async close() {
        await daemon.end();
        await cluster.stop();
      },
    };
  },
};
