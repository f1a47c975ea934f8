import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import type { Routes } from '../../http/index.ts';
import { ReleaseStore } from '../releases/index.ts';
import { CrashLogStore } from './crash-log-store.ts';
import { toCrashLogView } from './rollout-view.ts';

/** What people ask about what the clusters did. */
export function createRolloutRoutes({ database }: { readonly database: Database }): Routes<'listCrashLogs'> {
  return {
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
