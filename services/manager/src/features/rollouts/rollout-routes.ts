import { findEnvironment } from '@release-manager/config-repo';
import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import type { Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import type { ConfigRepo } from '../config-repo/index.ts';
import { ReleaseStore } from '../releases/index.ts';
import { CrashLogStore } from './crash-log-store.ts';
import { fluxSecret } from './flux-events/flux-secret.ts';
import { createLogRoutes } from './logs/log-routes.ts';
import { noSuchCluster } from './no-such-cluster.ts';
import { toCrashLogView } from './rollout-view.ts';

export interface RolloutRouteDeps {
  readonly database: Database;
  readonly rights: Rights;
  readonly repo: ConfigRepo;
  /** FLUX_WEBHOOK_KEY; without it no cluster has a secret. */
  readonly fluxKey: string | undefined;
  readonly publicUrl: string;
  readonly now: () => Date;
}

/** What people ask about what the clusters did. */
export function createRolloutRoutes(
  deps: RolloutRouteDeps,
): Routes<'listCrashLogs' | 'showFluxSecret' | 'requestLogs' | 'showLogs'> {
  const { database, rights, repo, fluxKey, publicUrl } = deps;
  return {
    ...createLogRoutes(deps),

    async showFluxSecret({ principal, params: { environment }, query: { cluster } }) {
      rights.assertMay(principal, { verb: 'admin', environment });
      const known = findEnvironment(repo.snapshot(), environment);
      if (known?.clusters.includes(cluster) !== true) throw noSuchCluster(environment, cluster);
      if (fluxKey === undefined) throw noKey();
      return Promise.resolve({
        secret: fluxSecret(fluxKey, environment, cluster),
        address: `${publicUrl}/v1/webhooks/flux/${environment}/${cluster}`,
      });
    },

    async listCrashLogs({ params }) {
      const release = await new ReleaseStore(database.db).find(params.id);
      if (release === undefined) {
        throw new AppError('not-found', 'release.not-found', `There is no release ${params.id}.`, {
          next: 'see `release-cli history`',
        });
      }
      const { service, environment, committedAt } = release;
      if (committedAt === undefined) return { items: [] };
      const logs = await new CrashLogStore(database.db).since(service, environment, committedAt);
      return { items: logs.map(toCrashLogView) };
    },
  };
}

function noKey(): AppError {
  return new AppError('not-found', 'webhook.off', 'This manager takes no events of Flux.', {
    next: 'whoever runs the manager can set FLUX_WEBHOOK_KEY',
  });
}
