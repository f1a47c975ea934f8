import type { Actor } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import { toService, type Service, type ServiceRow } from './service-records.ts';

export type ServiceFields = Partial<Omit<Service, 'name' | 'registeredAt'>>;

/** Writes `services`. Every method belongs into a transaction. */
export class ServiceStore {
  readonly #tx: Db;

  constructor(tx: Db) {
    this.#tx = tx;
  }

  /**
   * The service, held until the transaction ends, so that nobody changes its namespaces under what was judged by them. Rows
   * that refer to it can still be written. Whoever locks a service and an artifact locks the service first.
   */
  async lock(name: string): Promise<Service | undefined> {
    const row = await this.#tx<ServiceRow>('services').where({ name }).forNoKeyUpdate().first();
    return row === undefined ? undefined : toService(row);
  }

  /** One registration at a time: two new names that clash with each other must not both find themselves alone. */
  async lockNames(): Promise<readonly string[]> {
    await this.#tx.raw('select pg_advisory_xact_lock(hashtextextended(?, 3))', ['services']);
    const rows = await this.#tx<ServiceRow>('services').select('name');
    return rows.map(({ name }) => name);
  }

  async insert(service: Service, registeredBy: Actor): Promise<void> {
    await this.#tx('services').insert({
      name: service.name,
      ...toColumns(service),
      registered_by: jsonb(registeredBy),
      registered_at: service.registeredAt,
      updated_at: service.registeredAt,
    });
  }

  async update(name: string, fields: ServiceFields, at: Date): Promise<void> {
    await this.#tx('services')
      .where({ name })
      .update({ ...toColumns(fields), updated_at: at });
  }
}

function toColumns(fields: ServiceFields): Record<string, unknown> {
  const { namespaces, owner, repository, sourcePath, paths, links } = fields;
  return {
    ...(namespaces === undefined ? {} : { namespaces: jsonb(namespaces) }),
    ...(owner === undefined ? {} : { owner }),
    ...(repository === undefined ? {} : { repository }),
    ...(sourcePath === undefined ? {} : { source_path: sourcePath }),
    ...(paths === undefined ? {} : { paths: jsonb(paths) }),
    ...(links === undefined ? {} : { links: jsonb(links) }),
  };
}
