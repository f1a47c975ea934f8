import type { ManifestObject } from '@release-manager/manifests';
import { jsonb, type Db } from '@release-manager/postgres';

/** A service's folder in the config repo, as of the tip that was read last. */
export interface OwnedFolder {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
  readonly treeOid: string;
  readonly releaseId?: string | undefined;
  readonly artifactId?: string | undefined;
}

export type OwnedObject = Pick<ManifestObject, 'apiGroup' | 'kind' | 'namespace' | 'name' | 'file'>;

interface FolderRow {
  environment: string;
  namespace: string;
  service: string;
  tree_oid: string;
  release_id: string | null;
  artifact_id: string | null;
}

/** `owned_folders` and `owned_objects`: an index over the config repo that can be made again from its tip at any time. */
export class FolderStore {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  async all(): Promise<readonly OwnedFolder[]> {
    return (await this.#db<FolderRow>('owned_folders')).map(toFolder);
  }

  async ofServices(services: readonly string[]): Promise<readonly OwnedFolder[]> {
    return (await this.#db<FolderRow>('owned_folders').whereIn('service', [...services])).map(toFolder);
  }

  async find(service: string, environment: string): Promise<readonly OwnedFolder[]> {
    return (await this.#db<FolderRow>('owned_folders').where({ service, environment })).map(toFolder);
  }

  /** Replaces what is known of one folder and of the objects in it. */
  async put(folder: OwnedFolder, objects: readonly OwnedObject[], at: Date): Promise<void> {
    const { environment, namespace, service } = folder;
    await this.#db('owned_folders')
      .insert({
        environment,
        namespace,
        service,
        tree_oid: folder.treeOid,
        release_id: folder.releaseId ?? null,
        artifact_id: folder.artifactId ?? null,
        indexed_at: at,
      })
      .onConflict(['environment', 'namespace', 'service'])
      .merge();
    await this.#db('owned_objects').where({ environment, service }).del();
    if (objects.length === 0) return;
    // An object that two services committed before anybody checked keeps its first owner.
    await this.#db.raw(
      `insert into owned_objects (environment, api_group, kind, namespace, name, service, file)
       select ?, o.api_group, o.kind, o.namespace, o.name, ?, o.file
       from jsonb_to_recordset(?::jsonb) as o(api_group text, kind text, namespace text, name text, file text)
       on conflict do nothing`,
      [environment, service, jsonb(objects.map((object) => ({ ...object, api_group: object.apiGroup })))],
    );
  }

  async remove(folder: Pick<OwnedFolder, 'environment' | 'namespace' | 'service'>): Promise<void> {
    const { environment, namespace, service } = folder;
    await this.#db('owned_folders').where({ environment, namespace, service }).del();
    await this.#db('owned_objects').where({ environment, service }).del();
  }

  /** Who owns any of these objects in the environment; one query however many are asked for. */
  async ownersOf(
    wanted: readonly (OwnedObject & { readonly environment: string })[],
  ): Promise<ReadonlyMap<string, string>> {
    if (wanted.length === 0) return new Map();
    const { rows } = await this.#db.raw<{ rows: (OwnerRow & { environment: string })[] }>(
      `select o.environment, o.api_group, o.kind, o.namespace, o.name, o.service from owned_objects o
       join jsonb_to_recordset(?::jsonb) as w(environment text, api_group text, kind text, namespace text, name text)
       using (environment, api_group, kind, namespace, name)`,
      [jsonb(wanted.map((object) => ({ ...object, api_group: object.apiGroup })))],
    );
    return new Map(rows.map((row) => [objectKey(row.environment, { ...row, apiGroup: row.api_group }), row.service]));
  }
}

interface OwnerRow {
  api_group: string;
  kind: string;
  namespace: string;
  name: string;
  service: string;
}

/** The identity of an object in an environment. The version is not part of it: it is the same object under each. */
export function objectKey(
  environment: string,
  object: Pick<OwnedObject, 'apiGroup' | 'kind' | 'namespace' | 'name'>,
): string {
  return [environment, object.apiGroup, object.kind, object.namespace, object.name].join(' ');
}

function toFolder(row: FolderRow): OwnedFolder {
  return {
    environment: row.environment,
    namespace: row.namespace,
    service: row.service,
    treeOid: row.tree_oid,
    releaseId: row.release_id ?? undefined,
    artifactId: row.artifact_id ?? undefined,
  };
}
