import type { Db } from '@release-manager/postgres';

import { isSameRepository } from './same-repository.ts';

/** One deployable thing: its name, where it lives, who owns it, where it comes from. */
export interface Service {
  readonly name: string;
  /** Namespace per environment; `default` stands for the ones that are not named. */
  readonly namespaces: Readonly<Record<string, string>>;
  /** Id of a team. */
  readonly owner?: string;
  readonly repository?: string;
  readonly sourcePath?: string;
  readonly paths: readonly string[];
  readonly links: Readonly<Record<string, string>>;
  readonly registeredAt: Date;
}

export interface ServiceRow {
  name: string;
  namespaces: Record<string, string>;
  owner: string | null;
  repository: string | null;
  source_path: string | null;
  paths: string[];
  links: Record<string, string>;
  registered_at: Date;
}

/** What other rooms ask of services. */
export class ServiceRecords {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async find(name: string): Promise<Service | undefined> {
    const row = await this.#db<ServiceRow>('services').where({ name }).first();
    return row === undefined ? undefined : toService(row);
  }

  async findMany(names: readonly string[]): Promise<ReadonlyMap<string, Service>> {
    if (names.length === 0) return new Map();
    const rows = await this.#db<ServiceRow>('services').whereIn('name', [...names]);
    return new Map(rows.map((row) => [row.name, toService(row)]));
  }

  /** Those whose source is the repository, by name. The case of the address does not count: to GitHub it does not either. */
  async comingFrom(address: string): Promise<readonly Service[]> {
    const wanted = address.toLowerCase();
    const name =
      wanted
        .replace(/\/+$/, '')
        .replace(/\.git$/, '')
        .split(/[/:]/)
        .at(-1) ?? '';
    const rows = await this.#db<ServiceRow>('services')
      .whereRaw('strpos(lower(repository), ?) > 0', [name])
      .orderBy('name');
    return rows.map(toService).filter(({ repository = '' }) => isSameRepository(repository.toLowerCase(), wanted));
  }

  /** Addresses of all source repositories, each way of writing one by itself. */
  async repositories(): Promise<readonly string[]> {
    const rows: { repository: string }[] = await this.#db('services').distinct('repository').whereNotNull('repository');
    return rows.map(({ repository }) => repository);
  }

  /** By name, after the name `after`. */
  async list(limit: number, after?: string): Promise<readonly Service[]> {
    const query = this.#db<ServiceRow>('services').orderBy('name').limit(limit);
    if (after !== undefined) void query.where('name', '>', after);
    return (await query).map(toService);
  }
}

export function toService(row: ServiceRow): Service {
  return {
    name: row.name,
    namespaces: row.namespaces,
    paths: row.paths,
    links: row.links,
    registeredAt: row.registered_at,
    ...(row.owner === null ? {} : { owner: row.owner }),
    ...(row.repository === null ? {} : { repository: row.repository }),
    ...(row.source_path === null ? {} : { sourcePath: row.source_path }),
  };
}
