import type { Database } from '@release-manager/postgres';

import { cutPage, parseNameCursor, type Routes } from '../../http/index.ts';
import { assertEnvironments, type ConfigRepo } from '../config-repo/index.ts';
import { findService } from '../releases/index.ts';
import { ServiceRecords } from '../services/index.ts';
import { explainEnvironment, type StopDeps } from './explain-environment.ts';
import { readStatus } from './status-read-model.ts';

export interface StatusRouteDeps extends StopDeps {
  readonly database: Database;
  readonly repo: ConfigRepo;
  readonly now: () => Date;
}

/** What is where, and why. */
export function createStatusRoutes(deps: StatusRouteDeps): Routes<'showStatus' | 'explainEnvironment'> {
  const { database, repo, stops, recovery, now } = deps;
  return {
    async showStatus({ query }) {
      const environments = repo.snapshot().environments.map(({ name }) => name);
      const services =
        query.service === undefined
          ? await new ServiceRecords(database.db).list(query.limit + 1, parseNameCursor(query.cursor))
          : [await findService(database.db, query.service)];
      const page = cutPage(
        services,
        query.limit,
        (service) => service,
        (service) => service.name,
      );
      return { ...page, items: await readStatus(database.db, page.items, environments, now()) };
    },

    async explainEnvironment({ params, query }) {
      const snapshot = repo.snapshot();
      assertEnvironments(snapshot, [params.environment]);
      return explainEnvironment(database.db, { ...params, ...query, stops, recovery, snapshot, now: now() });
    },
  };
}
