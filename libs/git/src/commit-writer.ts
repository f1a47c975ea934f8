import { encodeCommit, encodeSignedCommit, type CommitContent } from './commit-object.ts';
import { planEdits } from './edit-plan.ts';
import type { ObjectStore } from './object-store.ts';
import { hashObject, type Oid } from './oid.ts';
import { PackEncoder } from './pack-encoder.ts';
import { buildTree, type TreeSink } from './tree-builder.ts';
import { GitTree } from './tree-object.ts';
import { createTreeReader } from './tree-reader.ts';
import type { CommitMeta, CommitWriter, ReadOptions, TreeEdit, TreeReader } from './types.ts';

export interface CommitWriterOptions {
  readonly store: ObjectStore;
  readonly base: Oid | undefined;
  /** Makes the packfile part of the mirror. */
  readonly writePack: (chunks: readonly Buffer[]) => Promise<void>;
  readonly sign: ((payload: Buffer) => Promise<string>) | undefined;
}

/** New file contents kept for readers of an unflushed tip; beyond this the pack is flushed and they are read from there. */
const pendingBlobBytes = 32 * 1024 * 1024;

const largeTree = 8192;

/** Commits in memory, on their way into one pack. */
export class PackCommitWriter implements CommitWriter {
  readonly #options: CommitWriterOptions;
  #pack = new PackEncoder();
  #blobs = new Map<Oid, Uint8Array>();
  #blobBytes = 0;
  #tip: Oid | undefined;
  #root: GitTree | undefined;
  #count = 0;

  constructor(options: CommitWriterOptions) {
    this.#options = options;
    this.#tip = options.base;
  }

  get tip(): Oid | undefined {
    return this.#tip;
  }

  get count(): number {
    return this.#count;
  }

  async commit(edits: readonly TreeEdit[], meta: CommitMeta): Promise<Oid | undefined> {
    const plan = planEdits(edits);
    const before = await this.#currentRoot();
    const root = await buildTree(this.#sink(), before, plan);
    if (root.oid === before.oid && meta.allowEmpty !== true) return undefined;
    // Git stores the tree without entries like any other one, though it would know it unstored.
    if (root.size === 0) this.#pack.add('tree', root.oid, root.raw);
    const content: CommitContent = { tree: root.oid, parents: this.#tip === undefined ? [] : [this.#tip], meta };
    const { sign } = this.#options;
    const bytes = sign === undefined ? encodeCommit(content) : await encodeSignedCommit(content, sign);
    const oid = hashObject('commit', bytes);
    this.#pack.add('commit', oid, bytes);
    this.#tip = oid;
    this.#root = root;
    this.#count += 1;
    return oid;
  }

  tree(): TreeReader {
    const tip = this.#tip;
    const root = this.#root?.oid;
    return createTreeReader({
      root: async () => root ?? (tip === undefined ? undefined : await this.#options.store.rootTree(tip)),
      tree: (oid) => this.#tree(oid),
      blobs: (oids, options) => this.#readBlobs(oids, options),
      sizes: (oids) => this.#sizes(oids),
    });
  }

  async flush(): Promise<void> {
    if (this.#pack.count === 0) return;
    const pack = this.#pack;
    await this.#options.writePack(pack.finish());
    this.#pack = new PackEncoder();
    this.#blobs = new Map();
    this.#blobBytes = 0;
  }

  #sink(): TreeSink {
    const { store } = this.#options;
    return {
      tree: (oid) => this.#tree(oid),
      putBlob: (oid, content) => this.#putBlob(oid, content),
      putTree: (tree, previous) => {
        store.rememberTree(tree);
        const base = previous === undefined ? undefined : { oid: previous.oid, content: previous.raw };
        this.#pack.addTree(tree.oid, tree.raw, base);
        // Thousands of versions of one large folder would push everything else out of what is remembered.
        if (base !== undefined && base.content.length > largeTree && this.#pack.has(base.oid))
          store.forgetTree(base.oid);
      },
    };
  }

  #putBlob(oid: Oid, content: Uint8Array): void {
    if (this.#pack.has(oid)) return;
    this.#pack.add('blob', oid, content);
    if (this.#blobBytes + content.byteLength > pendingBlobBytes) return;
    this.#blobs.set(oid, content);
    this.#blobBytes += content.byteLength;
  }

  async #currentRoot(): Promise<GitTree> {
    if (this.#root !== undefined) return this.#root;
    this.#root =
      this.#tip === undefined ? GitTree.empty : await this.#tree(await this.#options.store.rootTree(this.#tip));
    return this.#root;
  }

  /** A tree that is only in the pack, and no longer among the remembered ones, is on disk after a flush. */
  async #tree(oid: Oid): Promise<GitTree> {
    const { store } = this.#options;
    if (store.cachedTree(oid) === undefined && this.#pack.has(oid)) await this.flush();
    return store.tree(oid);
  }

  async #readBlobs(oids: readonly Oid[], options?: ReadOptions): Promise<Map<Oid, Buffer>> {
    if (oids.some((oid) => this.#pack.has(oid) && !this.#blobs.has(oid))) await this.flush();
    const found = new Map<Oid, Buffer>();
    for (const oid of oids) {
      const content = this.#blobs.get(oid);
      if (content !== undefined) found.set(oid, Buffer.from(content));
    }
    const rest = await this.#options.store.blobs(
      oids.filter((oid) => !found.has(oid)),
      options,
    );
    return new Map([...found, ...rest]);
  }

  async #sizes(oids: readonly Oid[]): Promise<ReadonlyMap<Oid, number>> {
    if (oids.some((oid) => this.#pack.has(oid) && !this.#blobs.has(oid))) await this.flush();
    const pending = oids.flatMap((oid): [Oid, number][] => {
      const content = this.#blobs.get(oid);
      return content === undefined ? [] : [[oid, content.byteLength]];
    });
    const rest = await this.#options.store.sizes(oids.filter((oid) => !this.#blobs.has(oid)));
    return new Map([...pending, ...rest]);
  }
}
