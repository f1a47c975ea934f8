import { startGitServer } from '@release-manager/testing';
import { expect, it } from 'vitest';

import {
  at,
  commitRelease,
  describeCluster,
  ownCluster,
  sharedCluster,
  startFlux,
  type Flux,
} from './support/index.ts';

describeCluster('two clusters of one environment', () => {
  const own = ownCluster({ name: 'second', flux: true });

  it('apply the same commit, each when it is told', async () => {
    const clusters = [sharedCluster(), own()] as const;
    const server = await startGitServer();
    const followers: Flux[] = [];
    try {
      await server.create('config');
      const environment = { name: 'both', layout: 'sliced' } as const;
      const options = { environments: [environment], repoUrl: server.url('config') };
      for (const cluster of clusters) followers.push(await startFlux(cluster, options));
      const [first, second] = followers as [Flux, Flux];
      const manifests = {
        'web.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web }\ndata: { from: ci }\n',
      };
      const release = { environment, namespace: 'both', service: 'web', manifests, releaseId: 'rel_1' };
      const commit = await commitRelease(first.clone, release);
      const map = { kind: 'ConfigMap', namespace: 'both', name: 'web' } as const;

      await first.poke();
      await first.untilApplied('both', 'web', commit);
      expect(await clusters[1].client.find(map)).toBeUndefined();

      await second.poke();
      await second.untilApplied('both', 'web', commit);
      expect(at(await clusters[1].client.get(map), 'data', 'from')).toBe('ci');
    } finally {
      await Promise.all(followers.map((flux) => flux.stop()));
      await server.stop();
    }
  });
});
