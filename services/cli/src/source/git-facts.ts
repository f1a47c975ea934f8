import { relative } from 'node:path';

import type { World } from '../core/world.ts';
import { repositoryUrl, type BuildFacts, type Person } from './build-facts.ts';
import { person, text } from './ci-variables.ts';
import { tryGit, type GitOptions } from './run-git.ts';

/** Commit, branch, people and remote as the clone at hand knows them; nothing where there is none. */
export async function readGitFacts(
  world: Pick<World, 'env' | 'cwd' | 'signal'>,
  wanted: { readonly sha?: string | undefined },
): Promise<BuildFacts> {
  const options: GitOptions = { cwd: world.cwd, env: world.env, signal: world.signal };
  // A name such as `--output=x` is no sha and must never be an option of git.
  const commit = wanted.sha !== undefined && /^[0-9a-f]{40}$/.test(wanted.sha) ? wanted.sha : 'HEAD';
  if (wanted.sha !== undefined && commit === 'HEAD') return {};
  const [head, log, branch, remote] = await Promise.all([
    tryGit(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'], options),
    tryGit(
      ['log', '-1', '--no-show-signature', '--format=%H%x00%an%x00%ae%x00%cn%x00%ce%x00%cI%x00%B', commit, '--'],
      options,
    ),
    tryGit(['symbolic-ref', '--short', '--quiet', 'HEAD'], options),
    tryGit(['remote', 'get-url', 'origin'], options),
  ]);
  const commitFacts = parseLog(log);
  // A detached HEAD is on no branch, and the branch at hand says nothing of another commit.
  const isOnBranch = head !== undefined && head.trim() === commitFacts.sha;
  return { repository: repositoryUrl(remote), ...commitFacts, branch: isOnBranch ? text(branch) : undefined };
}

function parseLog(log: string | undefined): BuildFacts {
  const [sha, name, email, committer, committerEmail, committedAt, message] = (log ?? '').split('\0');
  if (text(sha) === undefined) return {};
  return {
    sha,
    message: text(message),
    author: personOf(name, email),
    committer: personOf(committer, committerEmail),
    committedAt: text(committedAt),
  };
}

/** Path of a file below the root of its repository, as `source.path` wants it. */
export async function pathInRepository(world: Pick<World, 'env' | 'cwd'>, file: string): Promise<string | undefined> {
  const root = await tryGit(['rev-parse', '--show-toplevel'], { cwd: world.cwd, env: world.env });
  if (root === undefined) return undefined;
  const path = relative(root.replace(/\n$/, ''), file);
  return path.startsWith('..') ? undefined : path.replaceAll('\\', '/');
}

/** The branch that is checked out; absent on a detached HEAD and outside of a repository. */
export async function currentBranch(world: Pick<World, 'env' | 'cwd'>): Promise<string | undefined> {
  const name = await tryGit(['symbolic-ref', '--short', '--quiet', 'HEAD'], { cwd: world.cwd, env: world.env });
  return text(name);
}

function personOf(name: string | undefined, email: string | undefined): Person | undefined {
  return text(email) === undefined ? undefined : person({ name: text(name) ?? email, email });
}
