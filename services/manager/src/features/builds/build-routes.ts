import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import { cutPage, parsePosition, type Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import { BuildStore } from './build-store.ts';
import { toBuildView } from './build-view.ts';
import { assertReport, reportBuild } from './report-build.ts';

export interface BuildRouteDeps {
  readonly database: Database;
  readonly rights: Rights;
  readonly now: () => Date;
}

/** Builds that report while they run. */
export function createBuildRoutes({
  database,
  rights,
  now,
}: BuildRouteDeps): Routes<'reportBuild' | 'showBuild' | 'listBuilds'> {
  return {
    async reportBuild({ principal, actor, params: { service, buildId: id }, body }) {
      // As for the artifact that will come of it: CI speaks for its own service and branch only.
      rights.assertMay(principal, { verb: 'upload', service, branch: body.source.branch });
      const report = { ...body, service, id };
      assertReport(report);
      return toBuildView(await database.transaction((tx) => reportBuild(tx, report, { actor, at: now() })));
    },

    async showBuild({ params: { service, buildId: id } }) {
      const build = await new BuildStore(database.db).find({ service, id });
      if (build !== undefined) return toBuildView(build);
      throw new AppError('not-found', 'build.not-found', `There is no build ${id} of ${service}.`, {
        next: 'list them with GET /v1/builds',
      });
    },

    async listBuilds({ query: { limit, cursor, ...filter } }) {
      const found = await new BuildStore(database.db).list(filter, limit + 1, parsePosition(cursor));
      return cutPage(found, limit, toBuildView, ({ seq }) => seq);
    },
  };
}
