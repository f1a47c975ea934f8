import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { ListedObject } from './artifact-store.ts';
import { hasCode } from './folder-files.ts';
import { isObjectKey } from './object-key.ts';

/** Every object below `root` whose key begins with `prefix`, in the order of the bytes of the key, as S3 lists. */
export async function* listFolder(root: string, prefix: string): AsyncGenerator<ListedObject> {
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walk(root, start, prefix);
}

async function* walk(root: string, at: string, prefix: string): AsyncGenerator<ListedObject> {
  const entries = await readdir(join(root, at), { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  });
  for (const { key, folder } of sortedKeys(at, entries)) {
    if (!key.startsWith(prefix)) continue;
    if (folder) {
      yield* walk(root, key, prefix);
      continue;
    }
    const found = await stat(join(root, key)).catch(() => undefined);
    // Removed since the folder was read.
    if (found !== undefined && isObjectKey(key)) yield { key, size: found.size, modifiedAt: found.mtime };
  }
}

/** A folder sorts as `name/`: `a-x/…` comes before `a/…`, since `-` is less than `/`. Keys are ASCII. */
function sortedKeys(at: string, entries: readonly Dirent[]): readonly { key: string; folder: boolean }[] {
  return entries
    .filter((entry) => entry.isDirectory() || entry.isFile())
    .map((entry) => ({ key: `${at}${entry.name}${entry.isDirectory() ? '/' : ''}`, folder: entry.isDirectory() }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}
