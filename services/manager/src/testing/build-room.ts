import { buildId, type BuildView, type Check } from '@release-manager/contract';
import { newId } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import { createRights } from '../features/access/index.ts';
import { ciToken, openArtifactRoom, sha } from '../features/artifacts/artifact-room.testing.ts';
import { createBuildRoutes } from '../features/builds/index.ts';
import type { Principal } from '../http/index.ts';

export { ciToken, codeOf, pack, sha } from '../features/artifacts/artifact-room.testing.ts';

interface Report {
  readonly id?: string;
  readonly source?: BuildView['source'];
  readonly ci?: BuildView['ci'];
  readonly checks?: Check[];
}

/** Builds and the artifacts that come of them, on a real Postgres. */
export async function openBuildRoom(database: Database) {
  const artifacts = await openArtifactRoom(database, { working: false });
  const rights = createRights({ environmentProtected: () => true });
  const routes = createBuildRoutes({ database, rights, now: () => new Date() });
  const source = (service: string): BuildView['source'] => ({
    repository: `https://github.com/example/${service}`,
    branch: 'main',
    sha,
    author: { name: 'Ada L.', email: 'ada@example.com' },
  });
  const ci = (service: string): BuildView['ci'] => ({
    provider: 'github-actions',
    jobUrl: `https://github.com/example/${service}/actions/runs/7`,
    runNumber: 7,
    runAttempt: 1,
  });
  const around = (principal: Principal) => ({
    principal,
    actor: principal.actor,
    signal: AbortSignal.timeout(20_000),
    requestId: newId('req'),
  });
  return {
    artifacts: artifacts.service,
    source,
    ci,
    report: (service: string, said: Report, principal = ciToken('**')): Promise<BuildView> => {
      const body = { source: source(service), ci: ci(service), checks: [], ...said };
      const { id = buildId(body.ci) } = said;
      const params = { service, buildId: id };
      return routes.reportBuild({ ...around(principal), params, query: {}, body });
    },
    show: (service: string): Promise<BuildView> =>
      routes.showBuild({
        ...around(ciToken('**')),
        params: { service, buildId: buildId(ci(service)) },
        query: {},
        body: {},
      }),
    list: (query: {
      service?: string;
      state?: BuildView['state'];
      limit: number;
      cursor?: string | undefined;
    }): Promise<{ items: BuildView[]; nextCursor?: string | undefined }> =>
      routes.listBuilds({ ...around(ciToken('**')), params: {}, query, body: {} }),
    close: () => artifacts.close(),
  };
}

export type BuildRoom = Awaited<ReturnType<typeof openBuildRoom>>;
