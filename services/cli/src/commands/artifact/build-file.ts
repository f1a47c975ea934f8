import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import type { BuildView, Check } from '@release-manager/contract';
import { AppError, messageOf } from '@release-manager/domain';

import type { World } from '../../core/world.ts';

/** What the steps of one build hand on to each other. */
export interface BuildFile {
  readonly schemaVersion: 1;
  readonly service: string;
  readonly buildId: string;
  readonly source: BuildView['source'];
  readonly ci: BuildView['ci'];
  readonly checks: readonly Check[];
  /** Whether the manager has heard of everything in the file. */
  readonly reported: boolean;
}

const folderName = '.release';
const fileName = 'build.json';
/** A file of 200 checks; whatever is longer is something else. */
const mostBytes = 4 * 1024 * 1024;
/** Writing the file takes milliseconds; a lock that is older belongs to a process that died. */
const staleLockMs = 10_000;

export function buildFilePath(folder: string): string {
  return join(folder, folderName, fileName);
}

/** The build that the folder is part of: the first upward, not beyond the root of the repository. */
export async function findBuildFile(folder: string): Promise<string | undefined> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    const path = buildFilePath(current);
    if (await exists(path)) return path;
    if ((await exists(join(current, '.git'))) || dirname(current) === current) return undefined;
  }
}

/** @throws AppError invalid `build-file.unreadable` naming what is wrong in it */
export async function readBuildFile(path: string): Promise<BuildFile> {
  const next = 'run `release-cli artifact init`, which writes it anew';
  try {
    if ((await stat(path)).size > mostBytes) throw new Error('it is too long');
    return await parseBuildFile(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const message = `${path} cannot be used: ${messageOf(error)}.`;
    throw new AppError('invalid', 'build-file.unreadable', message, { next, cause: error });
  }
}

/** The contract's own schemas say what a build is. Throws a plain error that says what is wrong. */
export async function parseBuildFile(json: unknown): Promise<BuildFile> {
  const { operations } = await import('@release-manager/contract');
  const { schemaVersion, service, buildId, reported, ...rest } = Object(json) as Partial<Record<string, unknown>>;
  if (schemaVersion !== 1) throw new Error('it is of another version of release-cli');
  const { params, body } = operations.reportBuild;
  const parsed = { key: params.safeParse({ service, buildId }), said: body.safeParse(rest) };
  const issues = [...(parsed.key.error?.issues ?? []), ...(parsed.said.error?.issues ?? [])];
  if (!parsed.key.success || !parsed.said.success)
    throw new Error(issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`).join('; '));
  return { schemaVersion: 1, ...parsed.key.data, ...parsed.said.data, reported: reported === true };
}

/**
 * Changes the file while nobody else does: steps of a build run side by side. It is written beside and renamed, so that it is
 * whole whenever somebody dies, and never has the end of a longer one behind it.
 */
export async function changeBuildFile(
  world: Pick<World, 'sleep' | 'signal'>,
  path: string,
  change: () => Promise<BuildFile>,
): Promise<BuildFile> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  // Nobody means to commit what one build said.
  await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
  const lock = join(folder, 'lock');
  while (!(await takeLock(lock))) {
    if (world.signal.aborted) throw new AppError('unavailable', 'cli.interrupted', 'Interrupted.');
    await world.sleep(20, world.signal);
  }
  try {
    const file = await change();
    await replace(path, `${JSON.stringify(file, undefined, 2)}\n`);
    return file;
  } finally {
    await rm(lock, { force: true });
  }
}

async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function takeLock(path: string): Promise<boolean> {
  try {
    await writeFile(path, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > staleLockMs) await rm(path, { force: true });
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
