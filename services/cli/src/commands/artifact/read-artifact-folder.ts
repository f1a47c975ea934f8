import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { AppError, assertEnvironmentName, messageOf, type ArtifactFile } from '@release-manager/domain';

const expected = 'the folder holds one folder per environment, with nothing but rendered .yaml and .yml files in it';
/** What the archive takes; counted while reading, so that the wrong folder does not fill the memory. */
const mostFiles = 5_000;
const mostBytes = 64 * 1024 * 1024;

/**
 * The rendered files, `<environment>/…`, sorted. Nothing is left out silently: whatever has no place in an artifact is an
 * error that names it, because a file that CI rendered and nobody released would be missed much later.
 * @throws AppError invalid `artifact.folder`
 */
export async function readArtifactFolder(folder: string): Promise<ArtifactFile[]> {
  const problems: string[] = [];
  const paths: string[] = [];
  for (const environment of await entries(folder)) {
    const problem = await judgeEnvironment(folder, environment);
    if (problem !== undefined) problems.push(problem);
    else await collect(folder, environment, paths, problems);
  }
  if (problems.length === 0 && paths.length === 0) problems.push(`${folder} is empty`);
  if (problems.length > 0) throw refused(folder, problems);
  return readAll(folder, paths.sort());
}

async function judgeEnvironment(folder: string, name: string): Promise<string | undefined> {
  const path = join(folder, name);
  const stat = await lstat(path);
  if (!stat.isDirectory()) return `${path} lies beside the folders of the environments`;
  try {
    assertEnvironmentName(name);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

async function collect(folder: string, environment: string, paths: string[], problems: string[]): Promise<void> {
  const before = paths.length + problems.length;
  const pending = [environment];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    for (const name of await entries(join(folder, current))) {
      const path = `${current}/${name}`;
      const stat = await lstat(join(folder, path));
      if (stat.isDirectory()) pending.push(path);
      else if (!stat.isFile()) problems.push(`${join(folder, path)} is a link or a special file`);
      else if (!/^[^.].*\.ya?ml$/.test(name)) problems.push(`${join(folder, path)} is no YAML file`);
      else paths.push(path);
      if (paths.length > mostFiles) throw refused(folder, [`it has more than ${mostFiles} files`]);
    }
  }
  if (paths.length + problems.length === before)
    problems.push(`${join(folder, environment)} is empty; leave the folder out when nothing goes to ${environment}`);
}

async function readAll(folder: string, paths: readonly string[]): Promise<ArtifactFile[]> {
  const files: ArtifactFile[] = [];
  let bytes = 0;
  for (const path of paths) {
    const content = await readFile(join(folder, path));
    bytes += content.length;
    if (bytes > mostBytes) throw refused(folder, [`its files have more than ${mostBytes} bytes`]);
    files.push({ path, content });
  }
  return files;
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new AppError('invalid', 'artifact.folder', `${folder} cannot be read: ${messageOf(error)}.`, {
      next: expected,
      cause: error,
    });
  }
}

function refused(folder: string, problems: readonly string[]): AppError {
  const named = problems.slice(0, 20).join('; ');
  const more = problems.length > 20 ? `; and ${problems.length - 20} more` : '';
  return new AppError('invalid', 'artifact.folder', `${folder} is no artifact: ${named}${more}.`, { next: expected });
}
