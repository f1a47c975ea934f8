import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** True for an error of the file system with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

/**
 * Writes the chunks to a new file in `folder` and returns its path once the bytes are on the disk. When the chunks end in an
 * error the file is removed; a process that dies leaves it behind for `sweepAbandoned`.
 */
export async function writeTemporary(folder: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, randomUUID());
  const file = await open(path, 'wx', 0o600);
  try {
    try {
      for await (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return path;
}

/**
 * Gives a finished temporary file its name; a target that exists wins. A hard link appears whole or not at all and never
 * replaces anything, which rename would. Where the file system has no links, the last of two writers of one key wins.
 */
export async function publish(temporary: string, target: string): Promise<void> {
  const folder = dirname(target);
  const firstMade = await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await link(temporary, target);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      await unlink(temporary);
      return;
    }
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV')) throw error;
    await renameUnlessThere(temporary, target);
    await syncFolders(folder, firstMade);
    return;
  }
  await unlink(temporary);
  await syncFolders(folder, firstMade);
}

async function renameUnlessThere(temporary: string, target: string): Promise<void> {
  const there = await stat(target).catch(() => undefined);
  if (there === undefined) await rename(temporary, target);
  else await unlink(temporary);
}

/**
 * Without it the name of a new file may be lost in a power cut although its bytes are safe; so may that of a new folder,
 * which stands in the folder above the first one that was made.
 */
async function syncFolders(folder: string, firstMade: string | undefined): Promise<void> {
  const top = firstMade === undefined ? folder : dirname(firstMade);
  for (let at = folder; ; at = dirname(at)) {
    await syncFolder(at);
    if (at === top || at === dirname(at)) return;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Removes what dead processes left in the folder of temporary files. Age decides, not the process: other replicas may write
 * into the same folder at this moment, and an upload under way keeps its file young.
 */
export async function sweepAbandoned(folder: string, olderThan: Date): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < olderThan.getTime()) await rm(path, { force: true });
  }
}
