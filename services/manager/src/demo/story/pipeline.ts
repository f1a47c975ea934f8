import { join } from 'node:path';

import { pushBuild, type CiBuild, type PushedBuild } from '../ci-build.ts';
import type { Platforms } from '../platforms.ts';
import { expectCode, type Cast, type Story } from './story.ts';

/** One run of CI; @returns the id of the artifact. */
export async function build(story: Story, cast: Cast, job: Job): Promise<string> {
  return sayBuild(story, await runPipeline(story, cast, job));
}

/** A run of CI; without a commit it is of one that its author pushes now. */
export type Job = Omit<CiBuild, 'github' | 'sha'> & { readonly sha?: string };

export interface Built {
  readonly job: Job;
  readonly pushed: PushedBuild;
}

/** The same without a word, for several at once. */
export async function runPipeline({ stage }: Story, { ci }: Cast, job: Job): Promise<Built> {
  const { github } = stage.platforms;
  const sha = job.sha ?? (await pushCommit(stage.platforms, job));
  return { job, pushed: await pushBuild(ci, join(stage.folder, 'ci'), { ...job, github: github.url, sha }) };
}

/** To a branch, which begins where main is when there is none yet. */
async function pushCommit({ github, sourceOf }: Platforms, { service, branch, author }: Job): Promise<string> {
  const source = sourceOf(service.name);
  const base = source.branches.get(branch) ?? source.branches.get('main');
  if (base !== undefined) source.branches.set(branch, base);
  return github.people.push(source, branch, loginOf(author));
}

/** What somebody is called on the GitHub of the demo. */
export function loginOf({ email }: Job['author']): string {
  return email.split('@')[0] ?? email;
}

/** @returns the id of the artifact */
export function sayBuild(story: Story, { job, pushed }: Built): string {
  const { narrator, expect } = story;
  narrator.typed(`release-cli artifact push rendered      # CI of ${job.service.name}, ${job.branch}`);
  narrator.answered(pushed.stdout);
  expectCode(story, `artifact push of ${job.service.name}`, pushed);
  const shape = new RegExp(`^${job.branch}-[0-9a-f]{10}-[0-9a-f]{10}$`);
  expect.that('stdout holds the id alone', shape.test(pushed.artifact), pushed.stdout);
  return pushed.artifact;
}
