import { createHash } from 'node:crypto';

import { encodeDelta } from './delta.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import type { ObjectType, Oid } from './oid.ts';
import { compress } from './zlib-stream.ts';

const typeNumber: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3 };
const offsetDelta = 6;
/** A reader follows the chain for every object: this many steps at most. */
const longestChain = 30;

interface Packed {
  readonly offset: number;
  readonly depth: number;
}

/**
 * A packfile, built object by object (git's `gitformat-pack`). Objects are compressed when they come, so that thousands of
 * versions of a large folder are never in memory at once; a new version of a tree is stored as its difference to the one
 * before, which keeps the pack small here, on the wire and at the remote, because `git push` sends such differences as they are.
 */
export class PackEncoder {
  readonly #bytes = new GrowingBuffer();
  readonly #packed = new Map<Oid, Packed>();

  get count(): number {
    return this.#packed.size;
  }

  has(oid: Oid): boolean {
    return this.#packed.has(oid);
  }

  add(type: ObjectType, oid: Oid, content: Uint8Array): void {
    if (this.#packed.has(oid)) return;
    this.#append(oid, 0, [entryHeader(typeNumber[type], content.byteLength), compress(content)]);
  }

  /** Adds a tree as its difference to an earlier version, when that one is in this pack and the difference is worth it. */
  addTree(oid: Oid, content: Buffer, previous: { readonly oid: Oid; readonly content: Buffer } | undefined): void {
    if (this.#packed.has(oid)) return;
    const base = previous === undefined ? undefined : this.#packed.get(previous.oid);
    if (previous === undefined || base === undefined || base.depth >= longestChain) {
      this.add('tree', oid, content);
      return;
    }
    const delta = encodeDelta(previous.content, content);
    if (delta.length * 2 > content.length) {
      this.add('tree', oid, content);
      return;
    }
    const header = entryHeader(offsetDelta, delta.length);
    this.#append(oid, base.depth + 1, [header, negativeOffset(this.#bytes.length - base.offset), compress(delta)]);
  }

  /** The whole packfile with its header and checksum. Nothing can be added afterwards. */
  finish(): Buffer[] {
    const header = Buffer.alloc(12);
    header.write('PACK', 0, 'latin1');
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(this.#packed.size, 8);
    const hash = createHash('sha1').update(header);
    const chunks = this.#bytes.chunks();
    for (const chunk of chunks) hash.update(chunk);
    return [header, ...chunks, hash.digest()];
  }

  #append(oid: Oid, depth: number, pieces: readonly Buffer[]): void {
    this.#packed.set(oid, { offset: this.#bytes.length, depth });
    for (const piece of pieces) this.#bytes.append(piece);
  }
}

/** Type and size: 3 and 4 bits in the first byte, then 7 bits a byte, lowest first. */
function entryHeader(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 0x0f)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) | 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
}

/** Distance back to the base: 7 bits a byte, highest first, each continued group counting from one further. */
function negativeOffset(distance: number): Buffer {
  const bytes = [distance & 0x7f];
  for (let rest = Math.floor(distance / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift(0x80 | (rest & 0x7f));
  }
  return Buffer.from(bytes);
}
