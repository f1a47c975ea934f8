import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const marker = 'mirror';
/** Raised when what lies in the folder changes, so that folders of older versions are replaced. */
const layout = 1;

export interface MirrorFolderOptions {
  readonly folder: string;
  readonly url: string;
  readonly branch: string;
}

/**
 * The folder of a bare repository, made by us file by file: no template, no hook, and a configuration of which we know
 * every line. It names no promisor on purpose: git would otherwise fetch a missing object alone, whenever it meets one.
 */
export class MirrorFolder {
  readonly path: string;
  readonly #options: MirrorFolderOptions;

  constructor(options: MirrorFolderOptions) {
    this.path = options.folder;
    this.#options = options;
  }

  /** The ref under which the remote's branch is kept. */
  get trackingRef(): string {
    return `refs/remotes/origin/${this.#options.branch}`;
  }

  get refspec(): string {
    return `+refs/heads/${this.#options.branch}:${this.trackingRef}`;
  }

  /** Whether a whole folder for exactly this remote and branch is there. */
  async isPresent(): Promise<boolean> {
    try {
      return (await readFile(join(this.path, marker), 'utf8')) === this.#fingerprint();
    } catch {
      return false;
    }
  }

  /** Puts an empty repository in place of whatever is there. Made beside it and renamed, so that half of one never counts. */
  async replace(): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true });
    const fresh = `${this.path}.${randomBytes(6).toString('hex')}.new`;
    await mkdir(join(fresh, 'objects', 'pack'), { recursive: true, mode: 0o700 });
    await mkdir(join(fresh, 'refs', 'heads'), { recursive: true });
    await writeFile(join(fresh, 'HEAD'), 'ref: refs/heads/none\n');
    await writeFile(join(fresh, 'config'), this.#configuration());
    await writeFile(join(fresh, marker), this.#fingerprint());
    await this.discard();
    await rename(fresh, this.path);
  }

  async discard(): Promise<void> {
    const old = `${this.path}.${randomBytes(6).toString('hex')}.old`;
    try {
      await rename(this.path, old);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      throw error;
    }
    await rm(old, { recursive: true, force: true });
  }

  /** Removes what a killed process leaves behind: locks, half packs, half folders. Only when no git of ours runs here. */
  async clean(): Promise<void> {
    const parent = dirname(this.path);
    const own = `${basename(this.path)}.`;
    const siblings = (await readdir(parent).catch(() => [])).filter((name) => name.startsWith(own));
    await removeMatching(parent, siblings, /\.[0-9a-f]{12}\.(?:new|old)$/);
    await removeMatching(this.path, await readdir(this.path).catch(() => []), /\.lock$/);
    const refs = join(this.path, 'refs');
    await removeMatching(refs, await readdir(refs, { recursive: true }).catch(() => []), /\.lock$/);
    const packs = join(this.path, 'objects', 'pack');
    await removeMatching(packs, await readdir(packs).catch(() => []), /^tmp_|\.keep$|\.lock$/);
  }

  async packCount(): Promise<number> {
    const names = await readdir(join(this.path, 'objects', 'pack')).catch(() => []);
    return names.filter((name) => name.endsWith('.pack')).length;
  }

  /** The commits whose parents were left out of this clone; empty when the whole history is here. */
  async shallowBoundary(): Promise<ReadonlySet<string>> {
    const text = await readFile(join(this.path, 'shallow'), 'latin1').catch(() => '');
    return new Set(text.split('\n').filter((line) => line !== ''));
  }

  #fingerprint(): string {
    const identity = JSON.stringify([layout, this.#options.url, this.#options.branch]);
    return `${createHash('sha256').update(identity).digest('hex')}\n`;
  }

  #configuration(): string {
    return [
      '[core]',
      '\trepositoryformatversion = 1',
      '\tbare = true',
      '[remote "origin"]',
      `\turl = ${quoted(this.#options.url)}`,
      `\tfetch = ${quoted(this.refspec)}`,
      '',
    ].join('\n');
  }
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

async function removeMatching(folder: string, names: readonly string[], pattern: RegExp): Promise<void> {
  for (const name of names) if (pattern.test(name)) await rm(join(folder, name), { recursive: true, force: true });
}
