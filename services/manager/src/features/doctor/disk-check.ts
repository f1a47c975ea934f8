import { statfs } from 'node:fs/promises';

import type { Finding } from './doctor-check.ts';

const mebibyte = 1024 * 1024;
/** Below this the mirror, the embedded database or the next upload may not fit. */
const scarceBytes = 1024 * mebibyte;
const emptyBytes = 100 * mebibyte;

/** Room in the folder of the mirror, and of what else has no place of its own. */
export async function checkDisk(folder: string): Promise<Finding> {
  const { bavail, bsize, ffree, files } = await statfs(folder);
  return judgeDisk(folder, bavail * bsize, files === 0 ? undefined : ffree);
}

/** @param freeFiles absent on file systems that do not count them */
export function judgeDisk(folder: string, freeBytes: number, freeFiles: number | undefined): Finding {
  const free = `${Math.floor(freeBytes / mebibyte)} MiB free in ${folder}`;
  const next = 'give DATA_DIR a larger disk, or remove what is not of the manager from it';
  if (freeFiles !== undefined && freeFiles < 1000)
    return { status: 'failed', message: `${free}, and room for ${freeFiles} more files only`, next };
  if (freeBytes < emptyBytes) return { status: 'failed', message: free, next };
  return freeBytes < scarceBytes ? { status: 'warning', message: free, next } : { status: 'ok', message: free };
}
