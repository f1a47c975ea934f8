import { systemClock } from '@release-manager/domain';

import {
  createAccessRoutes,
  createAuthenticator,
  createRights,
  createTokenService,
  createTokenStore,
  watchAccess,
  type AccessInForce,
  type Rights,
} from '../features/access/index.ts';
import { ServiceRecords } from '../features/services/index.ts';
import type { Authenticate } from '../http/index.ts';
import type { Foundation } from './foundation.ts';
import { createNameRemarks } from './name-remarks.ts';
import { personFinder } from './person-finder.ts';

/** Who somebody is, and what they may do, by the files of the config repo as they count now. */
export interface OpenedAccess {
  readonly authenticate: Authenticate;
  readonly rights: Rights;
  readonly access: () => AccessInForce;
  readonly routes: ReturnType<typeof createAccessRoutes>;
}

export async function openAccess(foundation: Foundation): Promise<OpenedAccess> {
  const { database, repo, logger, lifecycle } = foundation;
  const watch = await watchAccess(foundation);
  // What is under way is left behind: it is written whole or not at all, and a remote may be silent for a minute.
  lifecycle.onStop('people and rights', () => watch.close());
  const access = (): AccessInForce => watch.current();
  const rights = createRights({
    // A name that the config repo does not know counts as protected: nobody slips through before it is declared.
    environmentProtected: (name) => repo.snapshot().environments.find((each) => each.name === name)?.protected ?? true,
    environmentSource: (name) => {
      const line = repo.snapshot().environmentLines.get(name);
      return line === undefined ? undefined : { file: 'release-manager.yaml', line };
    },
    access,
  });
  const authenticate = createAuthenticator({
    store: createTokenStore(database.db),
    clock: systemClock,
    logger,
    adminToken: foundation.adminToken,
    personById: personFinder(access),
  });
  const services = new ServiceRecords(database.db);
  const routes = createAccessRoutes({
    tokens: createTokenService({ database, rights, clock: systemClock }),
    rights,
    access,
    ownerOf: async (service) => (await services.find(service))?.owner,
    remarksOn: createNameRemarks({
      snapshot: () => repo.snapshot(),
      isService: async (name) => (await services.find(name)) !== undefined,
    }),
  });
  return { authenticate, rights, access, routes };
}
