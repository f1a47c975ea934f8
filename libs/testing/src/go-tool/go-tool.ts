import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { exists, isExecutable, makeOnce, toolCache } from './tool-cache.ts';

const run = promisify(execFile);

/** A program that a `go.mod` of its own pins as a tool. */
export interface GoTool {
  readonly name: string;
  /** Import path of its main package. */
  readonly package: string;
  /** Where `go.mod` and `go.sum` lie. */
  readonly folder: string;
  /** The longest that a build may take, on a machine that is busy with other things. */
  readonly timeoutMs: number;
  /** For a program that others ask for its version: the variable of Go that gets the version which `go.mod` pins of a module. */
  readonly version?: { readonly variable: string; readonly module: string };
}

/** Where the programs of a `go.mod` lie once they are built. Only a change of a pin gives another place. */
export async function goToolHome(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of ['go.mod', 'go.sum']) hash.update(await readFile(join(folder, name)));
  return join(toolCache(), hash.digest('hex').slice(0, 20));
}

/** The program, when somebody has built it before. */
export async function findGoTool(tool: GoTool): Promise<string | undefined> {
  const program = await programPath(tool);
  return (await isExecutable(program)) ? program : undefined;
}

/** One that says its version is another program than one that does not. */
async function programPath(tool: GoTool): Promise<string> {
  const version = await pinnedVersion(tool);
  return join(await goToolHome(tool.folder), [tool.name, version ?? []].flat().join('-'));
}

/** @throws Error when `go.mod` does not name the module */
async function pinnedVersion({ folder, version }: GoTool): Promise<string | undefined> {
  if (version === undefined) return undefined;
  const lines = (await readFile(join(folder, 'go.mod'), 'utf8')).split('\n').map((line) => line.trim().split(' '));
  const [, pinned] = lines.find(([module]) => module === version.module) ?? [];
  if (pinned === undefined) throw new Error(`${join(folder, 'go.mod')} has no ${version.module}`);
  return pinned;
}

/** Builds the program where that was not done yet; @returns its path. */
export async function buildGoTool(tool: GoTool, signal?: AbortSignal): Promise<string> {
  const program = await programPath(tool);
  await makeOnce(program, async (unfinished) => {
    const version = await pinnedVersion(tool);
    const stamp = version === undefined ? '' : ` -X ${tool.version?.variable ?? ''}=${version}`;
    // Without the profile of its makers a program builds in half the time, and runs fast enough for tests.
    const flags = ['-mod=readonly', '-trimpath', '-pgo=off', '-ldflags', `-s -w${stamp}`];
    const args = ['build', ...flags, '-o', unfinished, tool.package];
    await go(tool.folder, args, { timeout: tool.timeoutMs, ...(signal === undefined ? {} : { signal }) });
  });
  return program;
}

/** The folder of a module's source, downloaded where it is not there. */
export async function goModuleFolder(folder: string, module: string): Promise<string> {
  const stdout = await go(folder, ['mod', 'download', '-json', module], { timeout: 10 * 60_000 });
  const { Dir } = JSON.parse(stdout) as { Dir?: string };
  if (Dir === undefined || !(await exists(Dir))) throw new Error(`go could not download ${module}`);
  return Dir;
}

/** The toolchain is the one that is installed: none is downloaded behind anybody's back. */
async function go(
  cwd: string,
  args: readonly string[],
  limits: { readonly timeout: number; readonly signal?: AbortSignal },
): Promise<string> {
  const env = { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '-buildvcs=false', GOWORK: 'off' };
  const { stdout } = await run('go', args, { cwd, env, maxBuffer: 64 * 1024 * 1024, ...limits });
  return stdout;
}
