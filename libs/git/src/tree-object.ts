import { AppError } from '@release-manager/domain';

import { hashObject, oidFromBytes, type Oid } from './oid.ts';

/**
 * Names inside trees are bytes. Here they are strings with one character per byte (latin1), so that names that are no
 * UTF-8 survive a rewrite, and comparing strings is comparing bytes.
 */
export type RawName = string;

export interface RawEntry {
  readonly name: RawName;
  readonly mode: string;
  readonly oid: Oid;
}

interface Slot {
  readonly mode: string;
  /** Where the 20 bytes of the id begin. */
  readonly at: number;
}

const ascii = /^[\x20-\x7e]*$/;

export function toRawName(segment: string): RawName {
  return ascii.test(segment) ? segment : Buffer.from(segment, 'utf8').toString('latin1');
}

export function fromRawName(name: RawName): string {
  return ascii.test(name) ? name : Buffer.from(name, 'latin1').toString('utf8');
}

export function isFolderMode(mode: string): boolean {
  return mode === '40000' || mode === '040000';
}

/**
 * One tree object, immutable. It keeps git's own bytes and an index into them: changing the id behind an existing name, what
 * nearly every release does in a folder of a thousand services, copies the bytes and shares the index.
 */
export class GitTree {
  readonly raw: Buffer;
  readonly #index: ReadonlyMap<RawName, Slot>;
  #oid: Oid | undefined;

  private constructor(raw: Buffer, index: ReadonlyMap<RawName, Slot>) {
    this.raw = unshared(raw);
    this.#index = index;
  }

  static readonly empty = new GitTree(Buffer.alloc(0), new Map());

  /** @throws AppError unavailable `git.damaged-object` for bytes that are no tree. */
  static parse(raw: Buffer): GitTree {
    const index = new Map<RawName, Slot>();
    let position = 0;
    while (position < raw.length) {
      const space = raw.indexOf(0x20, position);
      const zero = space === -1 ? -1 : raw.indexOf(0, space);
      if (zero === -1 || zero + 21 > raw.length) throw damaged();
      index.set(raw.toString('latin1', space + 1, zero), {
        mode: raw.toString('latin1', position, space),
        at: zero + 1,
      });
      position = zero + 21;
    }
    return new GitTree(raw, index);
  }

  static of(entries: readonly RawEntry[]): GitTree {
    const pieces: Buffer[] = [];
    const index = new Map<RawName, Slot>();
    let position = 0;
    for (const entry of entries.toSorted(byTreeOrder)) {
      const head = Buffer.from(`${entry.mode} ${entry.name}\0`, 'latin1');
      pieces.push(head, Buffer.from(entry.oid, 'hex'));
      position += head.length;
      index.set(entry.name, { mode: entry.mode, at: position });
      position += 20;
    }
    return new GitTree(Buffer.concat(pieces), index);
  }

  get size(): number {
    return this.#index.size;
  }

  get oid(): Oid {
    this.#oid ??= hashObject('tree', this.raw);
    return this.#oid;
  }

  get(name: RawName): RawEntry | undefined {
    const slot = this.#index.get(name);
    return slot === undefined ? undefined : { name, mode: slot.mode, oid: this.#oidAt(slot) };
  }

  entries(): RawEntry[] {
    return [...this.#index].map(([name, slot]) => ({ name, mode: slot.mode, oid: this.#oidAt(slot) }));
  }

  /** The same tree with these names set, or removed where the value is `undefined`. */
  with(changes: ReadonlyMap<RawName, { readonly mode: string; readonly oid: Oid } | undefined>): GitTree {
    const sameShape = [...changes].every(([name, entry]) => this.#index.get(name)?.mode === entry?.mode);
    if (!sameShape) return this.#rebuilt(changes);
    const raw = Buffer.from(this.raw);
    for (const [name, entry] of changes) {
      const slot = this.#index.get(name);
      if (slot !== undefined && entry !== undefined) raw.write(entry.oid, slot.at, 20, 'hex');
    }
    return new GitTree(raw, this.#index);
  }

  #rebuilt(changes: ReadonlyMap<RawName, { readonly mode: string; readonly oid: Oid } | undefined>): GitTree {
    const kept = this.entries().filter((entry) => !changes.has(entry.name));
    const added: RawEntry[] = [];
    for (const [name, entry] of changes) if (entry !== undefined) added.push({ name, ...entry });
    return GitTree.of([...kept, ...added]);
  }

  #oidAt(slot: Slot): Oid {
    return oidFromBytes(this.raw.subarray(slot.at, slot.at + 20));
  }
}

/** Git sorts a folder as if its name ended in `/`: `a.b` comes before the folder `a`, and that before `a0`. */
function byTreeOrder(a: RawEntry, b: RawEntry): number {
  const left = isFolderMode(a.mode) ? `${a.name}/` : a.name;
  const right = isFolderMode(b.mode) ? `${b.name}/` : b.name;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Small buffers of Node are pieces of a shared one, which a remembered piece of 300 bytes would keep alive whole. */
function unshared(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength <= bytes.length + 64) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

function damaged(): AppError {
  return new AppError(
    'unavailable',
    'git.damaged-object',
    'A tree of the repository cannot be read: its bytes end early.',
  );
}
