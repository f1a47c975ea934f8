import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

import { AppError } from '@release-manager/domain';

/**
 * A secret that is made once and kept in a file that only its owner may read. Two processes that start together agree on
 * one: the file appears whole, by a link that fails when somebody else was first.
 */
export async function keptSecret(
  path: string,
  make: () => string = () => randomBytes(32).toString('base64url'),
): Promise<string> {
  const kept = await readSecret(path);
  if (kept !== undefined) return kept;
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${make()}\n`, { mode: 0o600, flush: true });
  try {
    await link(draft, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const written = await readSecret(path);
  if (written !== undefined) return written;
  throw new AppError('unavailable', 'setup.secret-file', `${path} cannot be read after it was written.`, {
    next: 'check the rights of its folder',
  });
}

async function readSecret(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).trim();
    return text === '' ? undefined : text;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
