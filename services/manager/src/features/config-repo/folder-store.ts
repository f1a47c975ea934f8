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

/** What a folder holds from now on. Without objects it is gone; its tree id does not matter then. */
export interface FolderChange {
  readonly folder: OwnedFolder;
  readonly objects: readonly OwnedObject[] | undefined;
  /** The folder could not be read whole: the objects that are known of it stay, and these come to them. */
  readonly isPartial?: boolean | undefined;
}

interface FolderRow {
  environment: string;
  namespace: string;
  service: string;
  tree_oid: string;
  release_id: string | null;
  artifact_id: string | null;
}

const foldersAtOnce = 1_000;

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

  /**
   * Replaces what is known of these folders and of the objects in them, by four statements for up to a thousand of them. All old
   * objects go before the new ones come, so that an object may pass from one service to another within one call. Other
   * folders of the same service keep theirs: in the middle of a move a service has two. `between` may throw to end it.
   */
  async apply(changes: readonly FolderChange[], at: Date, between = (): void => undefined): Promise<void> {
    if (changes.length === 0) return;
    const replaced = changes.filter(({ isPartial }) => isPartial !== true).map(({ folder }) => folder);
    await this.#db.raw(
      `delete from owned_objects using jsonb_to_recordset(?::jsonb) as f(environment text, namespace text, service text)
       where (owned_objects.environment, owned_objects.service) = (f.environment, f.service)
         and owned_objects.folder_namespace in (f.namespace, '')`,
      [jsonb(replaced)],
    );
    const gone = changes.filter(({ objects }) => objects === undefined).map(({ folder }) => folder);
    await this.#db.raw(
      `delete from owned_folders using jsonb_to_recordset(?::jsonb) as f(environment text, namespace text, service text)
       where (owned_folders.environment, owned_folders.namespace, owned_folders.service) = (f.environment, f.namespace, f.service)`,
      [jsonb(gone)],
    );
    const kept = changes.filter(({ objects }) => objects !== undefined);
    for (let start = 0; start < kept.length; start += foldersAtOnce) {
      between();
      await this.#add(kept.slice(start, start + foldersAtOnce), at);
    }
  }

  async #add(kept: readonly FolderChange[], at: Date): Promise<void> {
    await this.#db.raw(
      `insert into owned_folders (environment, namespace, service, tree_oid, release_id, artifact_id, indexed_at)
       select f.environment, f.namespace, f.service, f."treeOid", f."releaseId", f."artifactId", ?
       from jsonb_to_recordset(?::jsonb)
         as f(environment text, namespace text, service text, "treeOid" text, "releaseId" text, "artifactId" text)
       on conflict (environment, namespace, service) do update set tree_oid = excluded.tree_oid,
         release_id = excluded.release_id, artifact_id = excluded.artifact_id, indexed_at = excluded.indexed_at`,
      [at, jsonb(kept.map(({ folder }) => folder))],
    );
    const objects = kept.flatMap(({ folder: { environment, service, namespace }, objects: declared = [] }) =>
      declared.map((object) => ({ ...object, environment, service, folder: namespace })),
    );
    // An object that two services committed before anybody checked keeps its first owner.
    await this.#db.raw(
      `insert into owned_objects (environment, api_group, kind, namespace, name, service, file, folder_namespace)
       select environment, "apiGroup", kind, namespace, name, service, file, folder from (
         select *, first_value(service) over (partition by environment, "apiGroup", kind, namespace, name order by position) as owner
         from rows from (jsonb_to_recordset(?::jsonb) as (environment text, "apiGroup" text, kind text, namespace text,
           name text, service text, file text, folder text)) with ordinality as o(environment, "apiGroup", kind, namespace,
           name, service, file, folder, position)
       ) as declared
       where service = owner and not exists (
         select from owned_objects other
         where (other.environment, other.api_group, other.kind, other.namespace, other.name)
           = (declared.environment, declared."apiGroup", declared.kind, declared.namespace, declared.name)
           and other.service <> declared.service
       )
       on conflict do nothing`,
      [jsonb(objects)],
    );
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
