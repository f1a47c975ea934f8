import type { Oid } from './oid.ts';
import type { GitTree } from './tree-object.ts';

/** What a parsed entry costs beside its bytes, roughly. */
const entryBytes = 120;

/** The trees read or made last, up to a number of bytes. Content never changes under an id, so nothing ever goes stale. */
export class TreeCache {
  readonly #trees = new Map<Oid, GitTree>();
  readonly #limit: number;
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get(oid: Oid): GitTree | undefined {
    const tree = this.#trees.get(oid);
    if (tree === undefined) return undefined;
    this.#trees.delete(oid);
    this.#trees.set(oid, tree);
    return tree;
  }

  set(oid: Oid, tree: GitTree): void {
    if (this.#trees.has(oid)) return;
    this.#trees.set(oid, tree);
    this.#bytes += cost(tree);
    for (const oldest of this.#trees.keys()) {
      if (this.#bytes <= this.#limit || oldest === oid) break;
      this.delete(oldest);
    }
  }

  delete(oid: Oid): void {
    const tree = this.#trees.get(oid);
    if (tree === undefined) return;
    this.#trees.delete(oid);
    this.#bytes -= cost(tree);
  }
}

function cost(tree: GitTree): number {
  return tree.raw.length + tree.size * entryBytes;
}
