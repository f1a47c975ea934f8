import type { Oid } from './oid.ts';

/** A file larger than this would push out many small ones that are wanted more often. */
const largest = 256 * 1024;

/** The contents of files that were read last, at most so many bytes of them. Never changes: an id names its content. */
export class BlobCache {
  readonly #most: number;
  readonly #contents = new Map<Oid, Buffer>();
  #bytes = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(oid: Oid): Buffer | undefined {
    const content = this.#contents.get(oid);
    if (content === undefined) return undefined;
    // Used last goes to the end: a Map keeps the order in which its keys came.
    this.#contents.delete(oid);
    this.#contents.set(oid, content);
    return content;
  }

  set(oid: Oid, content: Buffer): void {
    if (content.byteLength > largest || this.#contents.has(oid)) return;
    this.#contents.set(oid, content);
    this.#bytes += content.byteLength;
    for (const [oldest, { byteLength }] of this.#contents) {
      if (this.#bytes <= this.#most) return;
      this.#contents.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}
