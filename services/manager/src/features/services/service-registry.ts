import { isDeepStrictEqual } from 'node:util';

import { namespaceIn, type BodyOf, type Operations } from '@release-manager/contract';
import { AppError, compact, type Actor } from '@release-manager/domain';
import type { Database, Db } from '@release-manager/postgres';

import { FolderStore, type ConfigRepo } from '../config-repo/index.ts';
import { assertStorable } from './assert-storable.ts';
import { changeService, registerService } from './bind-upload.ts';
import { mergeNamespaces } from './service-changes.ts';
import { assertNamespaces } from './service-names.ts';
import { serviceNotFound } from './service-not-found.ts';
import type { Service } from './service-records.ts';
import { ServiceStore, type ServiceFields } from './service-store.ts';

/** Queues an undeploy in the transaction of the decision that it follows from; releases provide it. */
export type QueueUndeploy = (
  tx: Db,
  undeploy: {
    readonly service: string;
    readonly environment: string;
    readonly actor: Actor;
    readonly reason: string;
    /** The namespace to leave. */
    readonly leavesNamespace: string;
  },
) => Promise<void>;

export interface ServiceRegistryDeps {
  readonly database: Database;
  readonly repo: Pick<ConfigRepo, 'snapshot'>;
  readonly now: () => Date;
  readonly undeploy: QueueUndeploy;
}

type ServiceInput = BodyOf<Operations['setService']>;

/** Registers and changes services by hand. Whether somebody may is asked by the routes. */
export class ServiceRegistry {
  readonly #deps: ServiceRegistryDeps;

  constructor(deps: ServiceRegistryDeps) {
    this.#deps = deps;
  }

  /** @throws AppError conflict `service.exists`, `service.pair-clash`; invalid `name.…`, `service.flux-namespace` */
  async add(actor: Actor, input: BodyOf<Operations['addService']>): Promise<Service> {
    const { database, repo, now } = this.#deps;
    assertStorable(input);
    const { name, namespaces, paths = [], links = {}, ...rest } = input;
    const at = now();
    const service: Service = { name, namespaces, paths, links, registeredAt: at, ...compact(rest) };
    return database.transaction(async (tx) => {
      const names = await new ServiceStore(tx).lockNames();
      if (names.includes(name)) throw exists(name);
      return registerService(tx, service, names, { actor, snapshot: repo.snapshot(), at });
    });
  }

  /**
   * Changes what is bound. Where the service then lies in another namespace than its folder in the config repo, it is undeployed:
   * its old folder would otherwise stay, applied and owned by nobody.
   * @throws AppError not-found `service.not-found`; invalid `name.…`, `service.flux-namespace`
   */
  async set(actor: Actor, name: string, input: ServiceInput): Promise<Service> {
    assertStorable(input);
    const { database, repo, now } = this.#deps;
    const at = now();
    return database.transaction(async (tx) => {
      const service = await new ServiceStore(tx).lock(name);
      if (service === undefined) throw serviceNotFound(name);
      const { namespaces: wanted, ...rest } = input;
      const namespaces = wanted === undefined ? service.namespaces : mergeNamespaces(service.namespaces, wanted);
      assertNamespaces(namespaces, repo.snapshot().environments);
      const fields: ServiceFields = { namespaces, ...compact(rest) };
      await changeService(tx, { service, fields, actor, cause: 'set by an administrator', at });
      if (!isDeepStrictEqual(namespaces, service.namespaces))
        await this.#leaveOldNamespaces(tx, { ...service, namespaces }, service, actor);
      return { ...service, ...fields };
    });
  }

  /**
   * One undeploy for each namespace that is left. It is queued also where no folder lies yet but a release is on its way: that
   * one may have been planned for the old namespace a moment ago.
   */
  async #leaveOldNamespaces(tx: Db, service: Service, before: Service, actor: Actor): Promise<void> {
    const folders = await new FolderStore(tx).ofServices([service.name]);
    const pending = await tx<{ service: string; state: string; environment: string }>('releases')
      .where({ service: service.name, state: 'queued' })
      .distinct('environment');
    const places = [
      ...folders.map(({ environment, namespace }) => ({ environment, namespace })),
      ...pending.map(({ environment }) => ({ environment, namespace: namespaceIn(before.namespaces, environment) })),
    ];
    const left = new Map<string, { environment: string; namespace: string; bound: string }>();
    for (const { environment, namespace } of places) {
      const bound = namespaceIn(service.namespaces, environment);
      if (bound === undefined || namespace === undefined || bound === namespace) continue;
      left.set(`${environment}/${namespace}`, { environment, namespace, bound });
    }
    // In one order for everybody who locks targets.
    for (const [, { environment, namespace, bound }] of [...left].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const reason = `${service.name} moves from the namespace ${namespace} to ${bound}`;
      await this.#deps.undeploy(tx, { service: service.name, environment, actor, reason, leavesNamespace: namespace });
    }
  }
}

function exists(name: string): AppError {
  return new AppError('conflict', 'service.exists', `There is a service ${name} already; names are unique.`, {
    next: `look at it with \`release-cli service list\`, change it with \`release-cli service set ${name}\`, or take another name`,
  });
}
