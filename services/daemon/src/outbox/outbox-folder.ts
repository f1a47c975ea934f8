import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const idPattern = /^[0-9a-f]{32}$/;

/**
 * The folder of an outbox: `current` names the id that counts, and each id has a folder with its segments and the sequence
 * that was acknowledged. A new outbox is complete before `current` is turned to it.
 */
export class OutboxFolder {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    mkdirSync(root, { recursive: true, mode: 0o700 });
  }

  /** The id that counts. */
  current(): string | undefined {
    const id = readIfThere(join(this.#root, 'current'))?.trim();
    return id !== undefined && idPattern.test(id) ? id : undefined;
  }

  create(): string {
    const id = randomBytes(16).toString('hex');
    mkdirSync(join(this.#root, id), { mode: 0o700 });
    return id;
  }

  /** From now on this one counts; all others are removed. */
  turnTo(id: string): void {
    if (this.current() !== id) this.#replace('current', id, true);
    for (const name of readdirSync(this.#root)) {
      if (name !== id && idPattern.test(name)) rmSync(join(this.#root, name), { recursive: true, force: true });
    }
  }

  acknowledged(id: string): number {
    const text = readIfThere(join(this.#root, id, 'acknowledged'));
    return text !== undefined && /^\d{1,15}\n$/.test(text) ? Number(text) : 0;
  }

  /** `durable`: also when the machine dies. Needed before what was acknowledged is removed, or its numbers were given again. */
  setAcknowledged(id: string, sequence: number, durable: boolean): void {
    this.#replace(join(id, 'acknowledged'), `${sequence}\n`, durable);
  }

  segmentPath(id: string, number: number): string {
    return join(this.#root, id, `${String(number).padStart(10, '0')}.log`);
  }

  segmentNumbers(id: string): number[] {
    return readdirSync(join(this.#root, id))
      .flatMap((name) => /^(\d{10})\.log$/.exec(name)?.[1] ?? [])
      .map(Number)
      .toSorted((a, b) => a - b);
  }

  #replace(name: string, content: string, durable: boolean): void {
    const path = join(this.#root, name);
    writeFileSync(`${path}.new`, content, { mode: 0o600, flush: durable });
    renameSync(`${path}.new`, path);
    if (durable) syncFolder(join(path, '..'));
  }
}

/** A name that was made or changed survives the end of the machine once its folder was synced. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
