import { resolve } from 'node:path';

import type { Context } from '../../core/context.ts';
import { UsageError } from '../../core/usage-error.ts';
import { parsePerson, type BuildFacts } from '../../source/build-facts.ts';
import { pathInRepository } from '../../source/git-facts.ts';
import { findReleaseYaml, readReleaseYaml } from '../../source/release-yaml.ts';
import type { SpecInput } from './build-artifact-spec.ts';

/** What overrides the variables of CI, git and `release.yaml`. */
export const sourceOptions = {
  service: { type: 'string', value: 'name', summary: 'The service, instead of that of release.yaml.' },
  branch: { type: 'string', value: 'name', summary: 'The exact branch.' },
  sha: { type: 'string', value: 'sha', summary: 'The full commit sha.' },
  author: { type: 'string', value: 'person', summary: 'Who wrote the commit, as "Name <e-mail>".' },
  message: { type: 'string', value: 'text', summary: 'The message of the commit.' },
  repository: { type: 'string', value: 'url', summary: 'The source repository.' },
  'job-url': { type: 'string', value: 'url', summary: 'Where the CI job can be looked at.' },
  'release-yaml': { type: 'string', value: 'file', summary: 'The release.yaml, instead of the first one upward.' },
} as const;

type FactFlags = {
  readonly [Name in 'branch' | 'sha' | 'author' | 'message' | 'repository' | 'job-url']: string | undefined;
};

export function factsFromFlags(flags: FactFlags): BuildFacts {
  const author = parsePerson(flags.author);
  if (flags.author !== undefined && author === undefined)
    throw new UsageError(`--author needs "Name <e-mail>", not "${flags.author}".`);
  return {
    branch: flags.branch,
    sha: flags.sha?.toLowerCase(),
    author,
    message: flags.message,
    repository: flags.repository,
    jobUrl: flags['job-url'],
  };
}

/** A release.yaml of another service says nothing of the one that is pushed. */
export async function releaseYamlFor(
  context: Context,
  service: string | undefined,
  given: string | undefined,
): Promise<SpecInput['file']> {
  const { world, output } = context;
  const path = given === undefined ? await findReleaseYaml(world.cwd) : resolve(world.cwd, given);
  if (path === undefined) return undefined;
  const { content } = await readReleaseYaml(path);
  if (service !== undefined && service !== content.service) {
    output.warn(`${path} speaks of ${content.service}, not of ${service}: it is left aside.`);
    return undefined;
  }
  return { content, pathInRepository: await pathInRepository(world, path) };
}
