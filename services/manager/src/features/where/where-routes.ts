import { AppError, isArtifactId } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import { cutPage, parsePosition, type Routes } from '../../http/index.ts';
import { artifactNotFound } from '../artifacts/index.ts';
import type { ConfigRepo } from '../config-repo/index.ts';
import { WhereStore, type WhereFilter } from './where-store.ts';
import { viewWays } from './where-view.ts';

export interface WhereRouteDeps {
  readonly database: Database;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
}

/** The way of a commit, from CI to the clusters. */
export function createWhereRoutes({ database, repo }: WhereRouteDeps): Routes<'showWhere'> {
  return {
    async showWhere({ params: { what }, query: { service, limit, cursor } }) {
      const filter = { what, service };
      const found = await new WhereStore(database.db).artifacts(filter, limit + 1, parsePosition(cursor));
      if (found.length === 0 && cursor === undefined) throw notFound(filter);
      const page = cutPage(
        found,
        limit,
        (artifact) => artifact,
        ({ seq }) => seq,
      );
      const environments = repo.snapshot().environments.map(({ name }) => name);
      return { ...page, items: await viewWays(database.db, page.items, environments) };
    },
  };
}

function notFound({ what, service }: WhereFilter): AppError {
  if (isArtifactId(what)) return artifactNotFound(what, service);
  const whose = service === undefined ? '' : ` of ${service}`;
  const which = what.length === 40 ? `the commit ${what}` : `a commit that begins with ${what}`;
  return new AppError('not-found', 'where.not-found', `No artifact${whose} was made from ${which}.`, {
    next: 'see in CI whether its build still runs; `release-cli artifact list` shows what arrived',
  });
}
