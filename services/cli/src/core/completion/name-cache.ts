import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Connection } from '../connection.ts';
import type { World } from '../world.ts';
import type { Word } from './complete-line.ts';

export interface CachedNames {
  readonly names: readonly Word[];
  readonly ageSeconds: number;
}

/** Names of yesterday mislead more than they help. */
const keptSeconds = 86_400;

/** `$XDG_CACHE_HOME/release-cli/names`; `undefined` where there is no home to keep anything in. */
function folderOf(env: World['env']): string | undefined {
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  const home = env['HOME'] ?? '';
  if (xdg.startsWith('/')) return join(xdg, 'release-cli', 'names');
  return home.startsWith('/') ? join(home, '.cache', 'release-cli', 'names') : undefined;
}

/** One file per question and per who asks: what one token may see is not shown to another. */
function fileName({ url, token }: Connection, question: string): string {
  return createHash('sha256')
    .update(JSON.stringify([url, token, question]))
    .digest('hex');
}

/** What was answered within the last day. Whatever cannot be read counts as never asked. */
export async function readNames(
  world: Pick<World, 'env' | 'now'>,
  connection: Connection,
  question: string,
): Promise<CachedNames | undefined> {
  const folder = folderOf(world.env);
  if (folder === undefined) return undefined;
  try {
    const text = await readFile(join(folder, fileName(connection, question)), 'utf8');
    const { at, names } = JSON.parse(text) as { readonly at?: unknown; readonly names?: unknown };
    if (typeof at !== 'number' || !Array.isArray(names)) return undefined;
    // Absolute: a clock that was set back must not keep names for ever.
    const ageSeconds = Math.abs(world.now().getTime() - at) / 1000;
    return ageSeconds > keptSeconds ? undefined : { names: names.filter(isWord), ageSeconds };
  } catch {
    return undefined;
  }
}

/** Written beside and renamed, for its owner alone; old answers go. A cache that cannot be written is no cache. */
export async function writeNames(
  world: Pick<World, 'env' | 'now'>,
  { connection, question, names }: { connection: Connection; question: string; names: readonly Word[] },
): Promise<void> {
  const folder = folderOf(world.env);
  if (folder === undefined) return;
  const path = join(folder, fileName(connection, question));
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(temporary, JSON.stringify({ at: world.now().getTime(), names }), { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
    await prune(folder, world.now());
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function prune(folder: string, now: Date): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (now.getTime() - (await stat(path)).mtimeMs > keptSeconds * 1000) await rm(path, { force: true });
  }
}

function isWord(value: unknown): value is Word {
  const { word, summary } = (value ?? {}) as Partial<Record<keyof Word, unknown>>;
  return typeof word === 'string' && typeof summary === 'string';
}
