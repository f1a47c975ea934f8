import { findEnvironment } from '@release-manager/config-repo';
import { AppError } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import type { Routes } from '../../../http/index.ts';
import type { Rights } from '../../access/index.ts';
import { assertEnvironments, type ConfigRepo } from '../../config-repo/index.ts';
import { findService } from '../../releases/index.ts';
import { noSuchCluster } from '../no-such-cluster.ts';
import { LogRequestStore } from './log-request-store.ts';
import { toLogRequestView } from './log-request-view.ts';
import { requestLogs } from './request-logs.ts';

export interface LogRouteDeps {
  readonly database: Database;
  readonly rights: Rights;
  readonly repo: ConfigRepo;
  readonly now: () => Date;
}

/** What containers print now. Whoever may read the logs of crashes may read these. */
export function createLogRoutes({ database, rights, repo, now }: LogRouteDeps): Routes<'requestLogs' | 'showLogs'> {
  return {
    async requestLogs({ principal, params, body }) {
      const { service, environment } = params;
      rights.assertMay(principal, { verb: 'read', service, environment });
      const snapshot = repo.snapshot();
      assertEnvironments(snapshot, [environment]);
      await findService(database.db, service);
      const known = findEnvironment(snapshot, environment)?.clusters ?? [];
      if (body.cluster !== undefined && !known.includes(body.cluster)) throw noSuchCluster(environment, body.cluster);
      const clusters = body.cluster === undefined ? known : [body.cluster];
      return requestLogs({ database, now }, { place: params, clusters, asked: body });
    },

    async showLogs({ principal, params }) {
      const store = new LogRequestStore(database.db);
      const request = await store.find(params.id);
      if (request === undefined) throw noSuchRequest(params.id);
      const { service, environment } = request;
      rights.assertMay(principal, { verb: 'read', service, environment });
      return toLogRequestView(request, await store.containers(request.id), now());
    },
  };
}

function noSuchRequest(id: string): AppError {
  return new AppError('not-found', 'logs.no-request', `There is no request ${id}.`, {
    next: 'ask again: what containers printed is forgotten after a quarter of an hour',
  });
}
