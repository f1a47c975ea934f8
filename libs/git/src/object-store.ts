import fs from 'node:fs';

import { AppError } from '@release-manager/domain';
import { Errors, readObject } from 'isomorphic-git';

import { BlobCache } from './blob-cache.ts';
import { treeOfCommit } from './commit-object.ts';
import { emptyTree, type ObjectType, type Oid } from './oid.ts';
import { TreeCache } from './tree-cache.ts';
import { GitTree } from './tree-object.ts';
import type { ReadOptions } from './types.ts';

/** Where objects come from that are not here, and how large those are that are. */
export interface ObjectSupply {
  /** Fetches exactly these objects from the remote in one request; those that it does not have stay missing. */
  fetchObjects(oids: readonly Oid[], type: ObjectType): Promise<void>;
  /** Replaces the files on disk, which cannot be read. */
  replaceFiles(): Promise<void>;
  /** Sizes of those that are here, without reading them. */
  sizes(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, number>>;
}

export interface ObjectStoreOptions {
  readonly folder: string;
  readonly supply: ObjectSupply;
  readonly maxFileBytes: number;
}

interface LocalObject {
  readonly type: string;
  readonly content: Buffer;
}

const treeCacheBytes = 64 * 1024 * 1024;
const blobCacheBytes = 16 * 1024 * 1024;

/** Reads objects of the mirror in this process, without starting git, and has missing ones fetched. */
export class ObjectStore {
  readonly #options: ObjectStoreOptions;
  readonly #trees = new TreeCache(treeCacheBytes);
  /** Asking for sizes starts git, so what a batch has read together is not asked for again one by one. */
  readonly #blobs = new BlobCache(blobCacheBytes);
  #cache: object = {};

  constructor(options: ObjectStoreOptions) {
    this.#options = options;
  }

  /** Forgets what is known of the files on disk, after they were replaced. */
  reset(): void {
    this.#cache = {};
  }

  cachedTree(oid: Oid): GitTree | undefined {
    return oid === emptyTree ? GitTree.empty : this.#trees.get(oid);
  }

  rememberTree(tree: GitTree): void {
    this.#trees.set(tree.oid, tree);
  }

  forgetTree(oid: Oid): void {
    this.#trees.delete(oid);
  }

  async tree(oid: Oid): Promise<GitTree> {
    const cached = this.cachedTree(oid);
    if (cached !== undefined) return cached;
    const tree = GitTree.parse(await this.#required(oid, 'tree'));
    this.#trees.set(oid, tree);
    return tree;
  }

  async rootTree(commit: Oid): Promise<Oid> {
    return treeOfCommit(await this.#required(commit, 'commit'));
  }

  /** Whether a commit and its root folder are here and can be read, without asking the remote. */
  async isReadable(commit: Oid): Promise<boolean> {
    const found = await this.#local(commit);
    if (found?.type !== 'commit') return false;
    const root = treeOfCommit(found.content);
    return root === emptyTree || (await this.#local(root))?.type === 'tree';
  }

  /**
   * @throws AppError limited `git.file-too-large`, before the content is unpacked, unless those are skipped; unavailable
   *   `git.object-missing`.
   */
  async blobs(oids: readonly Oid[], { onTooLarge = 'throw' }: ReadOptions = {}): Promise<Map<Oid, Buffer>> {
    const found = new Map<Oid, Buffer>();
    const wanted: Oid[] = [];
    for (const oid of new Set(oids)) {
      const cached = this.#blobs.get(oid);
      if (cached === undefined) wanted.push(oid);
      else found.set(oid, cached);
    }
    if (wanted.length === 0) return found;
    const sizes = await this.sizes(wanted);
    for (const oid of wanted) {
      const size = sizes.get(oid);
      if (size !== undefined && size > this.#options.maxFileBytes) {
        if (onTooLarge === 'skip') continue;
        throw tooLarge(oid, size, this.#options.maxFileBytes);
      }
      const content = await this.#required(oid, 'blob');
      this.#blobs.set(oid, content);
      found.set(oid, content);
    }
    return found;
  }

  /** Sizes of files, which are fetched by one request where they are not here. */
  async sizes(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, number>> {
    const wanted = [...new Set(oids)];
    if (wanted.length === 0) return new Map();
    const sizes = await this.#options.supply.sizes(wanted);
    const missing = wanted.filter((oid) => !sizes.has(oid));
    if (missing.length === 0) return sizes;
    await this.#options.supply.fetchObjects(missing, 'blob');
    return this.#options.supply.sizes(wanted);
  }

  async #required(oid: Oid, type: ObjectType): Promise<Buffer> {
    const found = await this.#local(oid);
    if (found?.type === type) return found.content;
    if (found !== undefined) throw new AppError('invalid', 'git.wrong-type', `${oid} is a ${found.type}, no ${type}.`);
    const fetched = (await this.#fetched(oid, type)) ?? (await this.#fetchedAnew(oid, type));
    if (fetched?.type === type) return fetched.content;
    throw new AppError('unavailable', 'git.object-missing', `The ${type} ${oid} is neither here nor at the remote.`, {
      next: 'It may belong to history that was rewritten; the call is tried again on the new tip.',
      details: { oid },
    });
  }

  async #fetched(oid: Oid, type: ObjectType): Promise<LocalObject | undefined> {
    await this.#options.supply.fetchObjects([oid], type);
    return this.#local(oid);
  }

  /** The remote gave it, and it still cannot be read: a broken pack hides it. */
  async #fetchedAnew(oid: Oid, type: ObjectType): Promise<LocalObject | undefined> {
    await this.#options.supply.replaceFiles();
    return (await this.#local(oid)) ?? this.#fetched(oid, type);
  }

  async #local(oid: Oid): Promise<LocalObject | undefined> {
    try {
      return await this.#readOnce(oid);
    } catch {
      // A pack was joined with others between looking and reading, or is damaged: look again, with nothing remembered.
      this.reset();
      return this.#readOnce(oid).catch(() => undefined);
    }
  }

  async #readOnce(oid: Oid): Promise<LocalObject | undefined> {
    try {
      const result = await readObject({
        fs,
        gitdir: this.#options.folder,
        oid,
        format: 'content',
        cache: this.#cache,
      });
      return { type: result.type, content: Buffer.from(result.object as Uint8Array) };
    } catch (error) {
      if (error instanceof Errors.NotFoundError) return undefined;
      throw error;
    }
  }
}

function tooLarge(oid: Oid, size: number, limit: number): AppError {
  return new AppError(
    'limited',
    'git.file-too-large',
    `A file of the repository (${oid}) has ${size} bytes, and at most ${limit} are read.`,
    {
      next: 'Remove the file from the repository, or keep it outside the folders that are read.',
      details: { oid, size },
    },
  );
}
