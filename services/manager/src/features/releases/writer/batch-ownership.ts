import { FolderStore, objectKey, type OwnedObject } from '../../config-repo/index.ts';

/** An object that two services want. */
export interface OwnershipConflict {
  readonly object: OwnedObject;
  readonly owner: string;
}

/**
 * Who owns which object, while a batch is planned: the index of the tip, plus what the releases before in this batch added
 * and gave up. It is judged here, on the tip that the push builds on, because only here nobody can be faster.
 */
export class BatchOwnership {
  readonly #owners: ReadonlyMap<string, string>;
  /** What each service of the batch declares now, per environment; it replaces what the index says of that service. */
  readonly #declared = new Map<string, ReadonlySet<string>>();
  readonly #added = new Map<string, string>();

  private constructor(owners: ReadonlyMap<string, string>) {
    this.#owners = owners;
  }

  /** Reads the owners of all objects of the batch in one query. */
  static async read(
    folders: FolderStore,
    wanted: readonly (OwnedObject & { readonly environment: string })[],
  ): Promise<BatchOwnership> {
    return new BatchOwnership(await folders.ownersOf(wanted));
  }

  conflicts(environment: string, service: string, objects: readonly OwnedObject[]): readonly OwnershipConflict[] {
    return objects.flatMap((object) => {
      const owner = this.#ownerOf(environment, objectKey(environment, object));
      return owner === undefined || owner === service ? [] : [{ object, owner }];
    });
  }

  /** Says that the service declares exactly these objects from here on; none after an undeploy. */
  claim(environment: string, service: string, objects: readonly OwnedObject[]): void {
    const keys = new Set(objects.map((object) => objectKey(environment, object)));
    for (const key of this.#declared.get(`${environment}/${service}`) ?? []) {
      if (this.#added.get(key) === service) this.#added.delete(key);
    }
    this.#declared.set(`${environment}/${service}`, keys);
    for (const key of keys) this.#added.set(key, service);
  }

  #ownerOf(environment: string, key: string): string | undefined {
    const added = this.#added.get(key);
    if (added !== undefined) return added;
    const indexed = this.#owners.get(key);
    // A service of this batch that no longer declares the object has given it up.
    return indexed !== undefined && this.#declared.has(`${environment}/${indexed}`) ? undefined : indexed;
  }
}
