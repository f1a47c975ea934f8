import { isDeepStrictEqual } from 'node:util';

import type { Check } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';

import type { Context } from '../../core/context.ts';
import { changeBuildFile, readBuildFile, type BuildFile } from './build-file.ts';

/** A report is worth no more: the build goes on without it. */
const longestMs = 15_000;

/**
 * Tells the manager what the file says, or, where it has heard of the rest, of one check. Where no manager can be asked the
 * build goes on and the file keeps it all: `artifact push` sends it.
 * @throws AppError what the manager refuses
 */
export async function reportBuild(context: Context, path: string, file: BuildFile, said?: Check): Promise<void> {
  const { world, output } = context;
  const checks = file.reported && said !== undefined ? [said] : file.checks;
  const isHeard = await send(context, { ...file, checks });
  if (isHeard) output.say(`reported as build ${file.buildId}`);
  if (isHeard === file.reported) return;
  await changeBuildFile(world, path, async () => {
    const current = await readBuildFile(path);
    // Another step may have written meanwhile what nobody has heard of.
    const isSame = current.buildId === file.buildId && isDeepStrictEqual(current.checks, file.checks);
    return { ...current, reported: isHeard && isSame };
  });
}

async function send(context: Context, { service, buildId, source, ci, checks }: BuildFile): Promise<boolean> {
  const { world, output } = context;
  const { isKnownRun } = await import('@release-manager/contract');
  const kept = 'it stands in the file, and `release-cli artifact push` sends it';
  if (!isKnownRun(ci)) {
    output.warn('No CI run is known here, so the manager was not told of the build.', kept);
    return false;
  }
  try {
    const api = await context.api();
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(longestMs)]);
    await api.call('reportBuild', { service, buildId, source, ci, checks: [...checks] }, signal);
    return true;
  } catch (error) {
    if (!(error instanceof AppError) || !isAway(error) || world.signal.aborted) throw error;
    output.warn(`The manager was not told of the build: ${error.message}`, kept);
    return false;
  }
}

/** Nobody there, nobody known, too busy, or too old to know of builds. */
function isAway({ kind, code }: AppError): boolean {
  return ['unavailable', 'limited', 'not-found'].includes(kind) || ['cli.not-logged-in', 'cli.no-token'].includes(code);
}
