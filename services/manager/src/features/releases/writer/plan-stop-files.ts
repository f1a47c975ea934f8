import { AppError, messageOf } from '@release-manager/domain';
import type { CommitWriter } from '@release-manager/git';

import type { StopFile } from '../stops.ts';
import type { WrittenRelease } from './plan-batch.ts';
import type { WriterDeps } from './writer-deps.ts';

type FilesDeps = Pick<WriterDeps, 'database' | 'stops' | 'identity' | 'now' | 'logger'>;

/**
 * Brings the files that tell of holds and quarantines up to date, one commit each, after the releases of the same push. What a
 * release brings with it is written with that release and never without it.
 * @returns the files that hold on the writer's tip what they should
 */
export async function planStopFiles(
  deps: FilesDeps,
  writer: CommitWriter,
  written: readonly WrittenRelease[],
): Promise<readonly StopFile[]> {
  const { database, stops } = deps;
  if (stops === undefined) return [];
  const releaseIds = written.map(({ planned }) => planned.release.id);
  const files = await stops.files(database.db, writer.tree(), releaseIds);
  const done: StopFile[] = [];
  for (const file of files) if (await commitFile(deps, writer, file)) done.push(file);
  return done;
}

/** Where somebody put something in its way the file stays behind, and releases go on: the rows count, not the file. */
async function commitFile(
  { identity, now, logger }: FilesDeps,
  writer: CommitWriter,
  file: StopFile,
): Promise<boolean> {
  const { edits, message, author, service, environment } = file;
  if (edits.length === 0) return true;
  const at = now();
  try {
    await writer.commit(edits, { message, author: { ...author, at }, committer: { ...identity, at } });
    return true;
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'conflict') throw error;
    logger.warn('holds and quarantines could not be written to the config repo', {
      service,
      environment,
      error: messageOf(error),
    });
    return false;
  }
}
