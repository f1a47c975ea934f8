import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import type { ReleaseYaml } from '@release-manager/contract';
import { AppError, messageOf } from '@release-manager/domain';

import type { Context } from '../core/context.ts';
import { UsageError } from '../core/usage-error.ts';

export interface LocatedReleaseYaml {
  readonly path: string;
  readonly content: ReleaseYaml;
}

const fileName = 'release.yaml';
/** A file of a few lines; whatever is longer is something else. */
const longest = 256 * 1024;

/**
 * The `release.yaml` that speaks for the folder: the first one upward, not beyond the root of the repository, so that nobody
 * else's file counts.
 */
export async function findReleaseYaml(folder: string): Promise<string | undefined> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    const path = join(current, fileName);
    if (await exists(path)) return path;
    if ((await exists(join(current, '.git'))) || dirname(current) === current) return undefined;
  }
}

/** @throws AppError invalid `release-yaml.*` naming the file and what is wrong in it */
export async function readReleaseYaml(path: string): Promise<LocatedReleaseYaml> {
  const [{ parseDocument }, { ReleaseYaml }] = await Promise.all([import('yaml'), import('@release-manager/contract')]);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError('invalid', 'release-yaml.unreadable', `${path} cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
  const document = parseDocument(text.slice(0, longest));
  const [broken] = document.errors;
  if (broken !== undefined || text.length > longest)
    throw new AppError(
      'invalid',
      'release-yaml.not-yaml',
      `${path} is no YAML: ${broken?.message ?? 'it is too long'}.`,
    );
  const parsed = ReleaseYaml.safeParse(document.toJS({ maxAliasCount: 20 }));
  if (parsed.success) return { path, content: parsed.data };
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw new AppError(
    'invalid',
    'release-yaml.content',
    `${path} does not say who the service is: ${problems.join('; ')}.`,
    {
      next: 'it needs `service:` and knows namespace or namespaces, owner, paths and links',
    },
  );
}

/**
 * The service that a command is about: `--service`, else `release.yaml`.
 * @throws UsageError when neither names one
 */
export async function resolveService(context: Context, flag: string | undefined): Promise<string> {
  const service = await findService(context, flag);
  if (service !== undefined) return service;
  // Whoever is not logged in yet would answer this question only to be asked for that.
  await context.api();
  throw new UsageError(
    `Which service? There is no --service and no ${fileName} in this folder or above it.`,
    'give --service <name>, or run it in the folder of the service',
  );
}

/** The same where no service is an answer as well. */
export async function findService(context: Context, flag: string | undefined): Promise<string | undefined> {
  if (flag !== undefined) return flag;
  const path = await findReleaseYaml(context.world.cwd);
  return path === undefined ? undefined : (await readReleaseYaml(path)).content.service;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
