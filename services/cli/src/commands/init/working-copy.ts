import { lstat, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { AppError, type ArtifactFile } from '@release-manager/domain';

import type { World } from '../../core/world.ts';
import { assertRemote, isRemote } from '../../source/remote-url.ts';
import { runGit, tryGit, type GitOptions } from '../../source/run-git.ts';

/** A checkout of the config repo that files can be added to. */
export interface WorkingCopy {
  readonly folder: string;
  readonly branch: string;
  /** Where it is pushed to; absent for a clone without a remote. */
  readonly remote?: string;
  /** Made for this alone: what is committed in it is gone when it is closed. */
  readonly temporary: boolean;
  /** Whether its last commit holds something, and no release-manager.yaml. */
  holdsOther(): Promise<boolean>;
  /** Paths that are there, in the last commit or beside it. */
  has(path: string): Promise<boolean>;
  /** Writes the files and commits them, and nothing else that lies there, as the caller. */
  commit(files: readonly ArtifactFile[], message: string): Promise<void>;
  push(): Promise<void>;
  /** Removes what was only made for this. */
  close(): Promise<void>;
}

type Place = Pick<World, 'cwd' | 'env' | 'signal' | 'stdin'>;

/**
 * Opens a folder or clones an address, which may both be without a commit.
 * @throws AppError invalid `init.*`, `git.*`
 */
export async function openWorkingCopy(world: Place, target: string, branch: string | undefined): Promise<WorkingCopy> {
  if (!isRemote(target)) return openFolder(world, resolve(world.cwd, target), branch);
  assertRemote(target);
  const folder = await mkdtemp(join(tmpdir(), 'release-cli-init-'));
  try {
    const cloned = await cloneInto(world, folder, target, branch);
    return { ...cloned, temporary: true, close: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }) };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function cloneInto(world: Place, folder: string, url: string, branch: string | undefined): Promise<WorkingCopy> {
  const options = gitOptions(world, folder);
  const heads = await runGit(['ls-remote', '--heads', '--', url], options);
  if (heads.trim() === '') {
    await runGit(['init', '--quiet', '.'], options);
    await runGit(['symbolic-ref', 'HEAD', `refs/heads/${branchName(branch ?? 'main')}`], options);
    await runGit(['remote', 'add', '--', 'origin', url], options);
  } else {
    const chosen = branch === undefined ? [] : ['--branch', branchName(branch)];
    await runGit(['clone', '--quiet', '--depth=1', '--no-tags', '--single-branch', ...chosen, '--', url, '.'], options);
  }
  return openFolder(world, folder, undefined);
}

async function openFolder(world: Place, folder: string, branch: string | undefined): Promise<WorkingCopy> {
  const options = gitOptions(world, folder);
  await assertRoot(folder, options);
  const current = await checkedOut(folder, branch, options);
  const remote = (await tryGit(['remote', 'get-url', 'origin'], options))?.trim();
  return {
    folder,
    branch: current,
    ...(remote === undefined ? {} : { remote }),
    temporary: false,
    async holdsOther() {
      const names = (await tryGit(['ls-tree', '--name-only', 'HEAD'], options)) ?? '';
      return names.trim() !== '' && !names.split('\n').includes('release-manager.yaml');
    },
    has: (path) => exists(join(folder, path)),
    async commit(files, message) {
      for (const file of files) await writeBelow(folder, file);
      const paths = files.map(({ path }) => path);
      await runGit(['add', '--', ...paths], options);
      await runGit(['commit', '--quiet', '--message', message, '--only', '--', ...paths], options);
    },
    async push() {
      await runGit(['push', '--quiet', 'origin', `HEAD:refs/heads/${current}`], options);
    },
    close: () => Promise.resolve(),
  };
}

async function assertRoot(folder: string, options: GitOptions): Promise<void> {
  const root = (await tryGit(['rev-parse', '--show-toplevel'], options))?.replace(/\n$/, '');
  if (root !== undefined && (await realpath(root)) === (await realpath(folder))) return;
  throw new AppError('invalid', 'init.no-repository', `${folder} is not the root of a git repository.`, {
    next: 'give a clone of the config repo or its address; `git init` makes a new one',
  });
}

async function checkedOut(folder: string, wanted: string | undefined, options: GitOptions): Promise<string> {
  const current = (await tryGit(['symbolic-ref', '--short', '--quiet', 'HEAD'], options))?.trim() ?? '';
  if (current !== '' && (wanted === undefined || wanted === current)) return current;
  throw new AppError('invalid', 'init.branch', `${folder} is not on the branch ${wanted ?? 'that is to be written'}.`, {
    next: `git switch ${wanted ?? 'main'}`,
  });
}

/** Nothing is written through a link: a repository may hold one that leads anywhere. */
async function writeBelow(folder: string, { path, content }: ArtifactFile): Promise<void> {
  const parts = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const parent = join(folder, ...parts.slice(0, depth));
    const stat = await lstat(parent).catch(() => undefined);
    if (stat !== undefined && !stat.isDirectory())
      throw new AppError('conflict', 'init.in-the-way', `${parent} is no folder, and ${path} belongs below it.`);
  }
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content, { flag: 'wx' });
}

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

/** The caller's own git and credentials; it may ask for a password where somebody can type one. */
function gitOptions(world: Place, cwd: string): GitOptions {
  return { cwd, env: world.env, signal: world.signal, timeoutSeconds: 300, mayPrompt: world.stdin.isTTY };
}

/** @throws AppError invalid `init.branch` for what git would take for an option or another ref */
function branchName(text: string): string {
  if (/^(?!-)[^\p{Cc}\p{Cf} ~^:?*[\\]+$/u.test(text) && !text.includes('..')) return text;
  throw new AppError('invalid', 'init.branch', 'This is no possible name of a branch.');
}
