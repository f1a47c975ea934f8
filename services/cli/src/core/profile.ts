import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { AppError } from '@release-manager/domain';

import type { World } from './world.ts';

/** What `login` stores: one manager and the token for it. */
export interface Profile {
  readonly url: string;
  readonly token: string;
}

/** `$XDG_CONFIG_HOME/release-cli/config.json`; a relative XDG_CONFIG_HOME is ignored, as its specification asks. */
export function profilePath(env: World['env']): string {
  const xdg = env['XDG_CONFIG_HOME'] ?? '';
  const base = xdg.startsWith('/') ? xdg : join(env['HOME'] ?? '/', '.config');
  return join(base, 'release-cli', 'config.json');
}

/** @throws AppError invalid `cli.profile` when the file cannot be read or is none of ours */
export async function readProfile(env: World['env']): Promise<Profile | undefined> {
  const path = profilePath(env);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw broken(path, error);
  }
  try {
    const value = JSON.parse(text) as Partial<Record<keyof Profile, unknown>> | null;
    if (typeof value?.url === 'string' && typeof value.token === 'string')
      return { url: value.url, token: value.token };
  } catch (error) {
    throw broken(path, error);
  }
  throw broken(path);
}

/** Written beside and renamed, readable by its owner alone from its first byte: it is never half there and never open. */
export async function writeProfile(env: World['env'], profile: Profile): Promise<string> {
  const path = profilePath(env);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(temporary, `${JSON.stringify(profile, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await chmod(temporary, 0o600);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return path;
}

/** True when there was one. */
export async function removeProfile(env: World['env']): Promise<boolean> {
  const path = profilePath(env);
  const existed = await isThere(path);
  await rm(path, { force: true });
  return existed;
}

/** Others than the owner can read the token. */
export async function isProfileOpen(env: World['env']): Promise<boolean> {
  try {
    return ((await stat(profilePath(env))).mode & 0o077) !== 0;
  } catch {
    return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

function broken(path: string, cause?: unknown): AppError {
  return new AppError(
    'invalid',
    'cli.profile',
    `${path} cannot be used: it is unreadable or was not written by \`login\`.`,
    {
      next: 'run `release-cli login <url>`, which writes it anew',
      cause,
    },
  );
}
