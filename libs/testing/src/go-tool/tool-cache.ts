import { randomUUID } from 'node:crypto';
import { access, constants, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Where finished tools are kept, outside of every checkout. A relative XDG_CACHE_HOME is ignored, as its specification says. */
export function toolCache(): string {
  const set = process.env['XDG_CACHE_HOME'] ?? '';
  return join(isAbsolute(set) ? set : join(homedir(), '.cache'), 'release-manager', 'tools');
}

/**
 * Makes a file or a folder that is not there yet. `make` gets a path of its own, which is renamed when it is done, so nobody
 * ever sees half of it, whoever is killed when. Of several processes one makes it and the others wait.
 */
export async function makeOnce(path: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  while (!(await exists(path))) {
    if (await takeLock(`${path}.lock`)) await makeLocked(path, make);
    else await setTimeout(200);
  }
}

async function makeLocked(path: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${path}.${randomUUID()}`;
  try {
    if (await exists(path)) return;
    await make(unfinished);
    await rename(unfinished, path).catch(async (error: unknown) => {
      // Where two had the lock the first one's work stays.
      if (!(await exists(path))) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 10 });
    await rm(`${path}.lock`, { force: true });
  }
}

/**
 * Keeps several processes from making the same thing at once, which only costs time: so a lock whose owner is gone is simply
 * taken, and nothing breaks when two take it.
 */
async function takeLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (!(owner > 0) || !isAlive(owner)) await rm(path, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The path of a program that the person has installed. */
export async function inPath(name: string): Promise<string | undefined> {
  for (const directory of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, name);
    if (isAbsolute(path) && (await isExecutable(path))) return path;
  }
  return undefined;
}

export async function isExecutable(path: string): Promise<boolean> {
  return exists(path, constants.X_OK);
}

export async function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
