import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { releaseYamlOf } from './platforms.ts';
import type { Cli } from './processes/cli.ts';
import type { ProgramResult } from './processes/run-program.ts';
import { shopNamespace, type ShopService } from './shop/catalogue.ts';
import { renderService } from './shop/render-service.ts';

/** One run of CI for one service. */
export interface CiBuild {
  readonly service: ShopService;
  /** Address of the GitHub where its source lies. */
  readonly github: string;
  readonly branch: string;
  /** The commit that is built. */
  readonly sha: string;
  /** Number of the run; a higher one is newer. */
  readonly run: number;
  readonly tag: string;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
}

export interface PushedBuild extends ProgramResult {
  /** What stands on stdout: the id of the artifact. */
  readonly artifact: string;
}

/** Renders the charts and uploads the result, with the variables and the event file of a GitHub Actions job. */
export async function pushBuild(cli: Cli, workspace: string, build: CiBuild): Promise<PushedBuild> {
  const { service } = build;
  const folder = join(workspace, `${service.name}-${build.run}`);
  await mkdir(folder, { recursive: true });
  for (const { path, content } of renderService(service, build.tag)) {
    const file = join(folder, 'rendered', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  await writeFile(join(folder, 'release.yaml'), releaseYamlOf(service));
  const env = await jobVariables(folder, build);
  const result = await cli(['artifact', 'push', 'rendered'], { cwd: folder, env });
  await rm(folder, { recursive: true });
  return { ...result, artifact: result.stdout.trim() };
}

async function jobVariables(folder: string, build: CiBuild): Promise<Record<string, string>> {
  const { service, github, branch, sha, run, message, author } = build;
  const event = { head_commit: { id: sha, message, author, committer: author, timestamp: timeOf(run) } };
  const eventPath = join(folder, 'event.json');
  await writeFile(eventPath, JSON.stringify(event));
  return {
    CI: 'true',
    GITHUB_ACTIONS: 'true',
    GITHUB_SERVER_URL: github,
    GITHUB_REPOSITORY: `${shopNamespace}/${service.name}`,
    GITHUB_REF: `refs/heads/${branch}`,
    GITHUB_REF_NAME: branch,
    GITHUB_REF_TYPE: 'branch',
    GITHUB_SHA: sha,
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_EVENT_NAME: 'push',
    GITHUB_WORKFLOW: 'build',
    GITHUB_RUN_ID: String(90_000 + run),
    GITHUB_RUN_NUMBER: String(run),
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_ACTOR: 'shop-bot',
  };
}

function timeOf(run: number): string {
  return new Date(Date.UTC(2026, 0, 5, 9, run)).toISOString();
}
