import { archiveError, quoted } from './archive-error.ts';
import { assertEntryPath, collisionKey } from './entry-path.ts';

/**
 * The names of one archive, taken one after another, so that no two of them are, or can be mistaken for, one: neither as files
 * nor as file and folder.
 */
export class EntryNames {
  readonly #files = new Map<string, string>();
  readonly #folders = new Map<string, string>();
  /** Exact paths of folders that were judged: most files share theirs with others. */
  readonly #judged = new Set<string>();

  /** @throws AppError invalid `archive.<rule>` */
  add(path: string, kind: 'file' | 'folder'): void {
    assertEntryPath(path, kind);
    const bare = path.replace(/\/$/, '');
    const segments = bare.split('/');
    for (let depth = 1; depth < segments.length; depth += 1) this.#addFolder(segments.slice(0, depth).join('/'));
    if (kind === 'folder') this.#addFolder(bare);
    else this.#addFile(bare);
  }

  #addFile(path: string): void {
    const key = collisionKey(path);
    const other = this.#files.get(key) ?? this.#folders.get(key);
    if (other === path && this.#files.has(key)) {
      throw archiveError({ rule: 'duplicate', file: path, message: `The archive has two entries ${quoted(path)}.` });
    }
    if (other !== undefined) throw collision(path, other);
    this.#files.set(key, path);
  }

  #addFolder(path: string): void {
    if (this.#judged.has(path)) return;
    const key = collisionKey(path);
    const other = this.#files.get(key) ?? this.#folders.get(key);
    if (other !== undefined) throw collision(path, other);
    this.#folders.set(key, path);
    this.#judged.add(path);
  }
}

function collision(path: string, other: string): Error {
  return archiveError({
    rule: 'path-collision',
    file: path,
    message: `The archive's entries ${quoted(other)} and ${quoted(path)} are one and the same on some file systems.`,
    next: 'Give them names that differ in more than case or the composition of letters.',
  });
}
