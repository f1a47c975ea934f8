import { cutPage, parseNameCursor, type Principal, type Routes } from '../../http/index.ts';
import type { Rights } from '../access/index.ts';
import { serviceNotFound } from './service-not-found.ts';
import { ServiceRecords } from './service-records.ts';
import { ServiceRegistry, type ServiceRegistryDeps } from './service-registry.ts';
import { toServiceView } from './service-view.ts';

export interface ServiceRouteDeps extends ServiceRegistryDeps {
  readonly rights: Rights;
}

type ServiceOperations = 'listServices' | 'showService' | 'addService' | 'setService' | 'listEnvironments';

/** The services, and the environments that the config repo declares for them. */
export function createServiceRoutes(deps: ServiceRouteDeps): Routes<ServiceOperations> {
  const { database, repo, rights } = deps;
  const registry = new ServiceRegistry(deps);
  const records = new ServiceRecords(database.db);
  /** For the team that has the service, whatever the request says, and for the one that would get it. */
  const assertMayBind = async (principal: Principal, service: string, wanted: string | undefined): Promise<void> => {
    const known = await records.find(service);
    if (known !== undefined) rights.assertMay(principal, { verb: 'admin', service, owner: known.owner });
    if (known === undefined || wanted !== undefined)
      rights.assertMay(principal, { verb: 'admin', service, owner: wanted });
  };
  return {
    async listServices({ query: { limit, cursor } }) {
      const found = await records.list(limit + 1, parseNameCursor(cursor));
      return cutPage(found, limit, toServiceView, ({ name }) => name);
    },

    async showService({ params }) {
      const service = await records.find(params.service);
      if (service === undefined) throw serviceNotFound(params.service);
      return toServiceView(service);
    },

    // A service that is registered by hand takes a name, a namespace and an owner without any build that stands for
    // it, so it is an administrator's, as everything that an installation has beside releases.
    async addService({ principal, actor, body }) {
      await assertMayBind(principal, body.name, body.owner);
      return toServiceView(await registry.add(actor, body));
    },

    async setService({ principal, actor, params, body }) {
      await assertMayBind(principal, params.service, body.owner);
      return toServiceView(await registry.set(actor, params.service, body));
    },

    listEnvironments: () =>
      Promise.resolve({
        items: repo.snapshot().environments.map((environment) => ({
          name: environment.name,
          protected: environment.protected,
          clusters: [...environment.clusters],
          layout: environment.flux.layout,
        })),
      }),
  };
}
