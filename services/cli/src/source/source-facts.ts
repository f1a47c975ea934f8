import { readFile } from 'node:fs/promises';

import { AppError } from '@release-manager/domain';

import type { World } from '../core/world.ts';
import { mergeFacts, type BuildFacts } from './build-facts.ts';
import { detectCi } from './detect-ci.ts';
import { readGitFacts } from './git-facts.ts';

/**
 * What is known of the build: flags, then the variables of the CI system, then git.
 * @throws AppError denied `ci.fork` for the build of a fork: anybody may open one, under any name of a branch
 */
export async function readSourceFacts(
  world: Pick<World, 'env' | 'cwd' | 'signal'>,
  flags: BuildFacts,
): Promise<BuildFacts> {
  const ci = detectCi(world.env, await readEvent(world.env)) ?? {};
  if (ci.fork !== undefined) {
    throw new AppError(
      'denied',
      'ci.fork',
      `This build is of a pull request from ${ci.fork}: artifacts come from the repository itself.`,
      {
        next: 'skip `artifact push` for pull requests from forks; whoever may push can take the change over into a branch',
      },
    );
  }
  const known = mergeFacts(flags, ci);
  const git = await readGitFacts(world, { sha: known.sha });
  const { branch, ...withoutBranch } = git;
  // The clone of a tag's build may stand on some branch by accident.
  const merged = mergeFacts(
    known,
    ci.tag === undefined && branch !== undefined ? { ...withoutBranch, branch } : withoutBranch,
  );
  return { ...merged, author: merged.author ?? githubActor(world.env) };
}

/** The head of a pull request is no part of a shallow checkout of its merge commit: then whoever started the run is named. */
function githubActor(env: World['env']): { name: string; email: string } | undefined {
  const actor = env['GITHUB_ACTIONS'] === 'true' ? env['GITHUB_ACTOR'] : undefined;
  return actor === undefined || actor === '' ? undefined : { name: actor, email: `${actor}@users.noreply.github.com` };
}

async function readEvent(env: World['env']): Promise<unknown> {
  const path = env['GITHUB_EVENT_PATH'];
  if (env['GITHUB_ACTIONS'] !== 'true' || path === undefined || path === '') return undefined;
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
