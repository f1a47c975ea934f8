import { AppError } from '@release-manager/domain';

import type { World } from '../../core/world.ts';

export interface UploadTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const attempts = 5;
/** Ample for 64 MiB over a slow line; without it a stalled connection would hang the build. */
const secondsPerAttempt = 300;

/**
 * Puts the bytes where the manager said, with exactly its headers: they are part of the signature. Networks and stores that
 * stumble are tried again. The address is a secret until it expires, so it is in no message and no cause.
 * @throws AppError unavailable `upload.failed`, denied `upload.refused`
 */
export async function uploadZip(
  world: Pick<World, 'fetch' | 'signal' | 'sleep'>,
  target: UploadTarget,
  zip: Uint8Array<ArrayBuffer>,
): Promise<void> {
  let last = '';
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const answer = await put(world, target, zip);
    if (answer === 'done') return;
    if (world.signal.aborted) break;
    if (answer.final) {
      throw new AppError('denied', 'upload.refused', `The artifact store refused the upload: ${answer.says}.`, {
        next: 'run the command again: it asks for a new place to upload to',
      });
    }
    last = answer.says;
    if (attempt < attempts) await world.sleep(2 ** (attempt - 1) * 500, world.signal);
  }
  throw new AppError(
    'unavailable',
    'upload.failed',
    `The artifact could not be uploaded after ${attempts} attempts: ${last}.`,
    {
      next: 'run the command again; nothing is uploaded twice',
    },
  );
}

async function put(
  world: Pick<World, 'fetch' | 'signal'>,
  target: UploadTarget,
  zip: Uint8Array<ArrayBuffer>,
): Promise<'done' | { final: boolean; says: string }> {
  try {
    const response = await world.fetch(target.url, {
      method: 'PUT',
      headers: target.headers,
      body: zip,
      redirect: 'error',
      signal: AbortSignal.any([world.signal, AbortSignal.timeout(secondsPerAttempt * 1000)]),
    });
    await response.body?.cancel();
    if (response.ok) return 'done';
    const passing = response.status >= 500 || response.status === 408 || response.status === 429;
    return { final: !passing, says: `it answered ${response.status}` };
  } catch (error) {
    // What fetch throws may repeat the address; its kind and the code of the socket do not.
    const code = (error as { cause?: { code?: unknown } }).cause?.code;
    return { final: false, says: typeof code === 'string' ? `no connection (${code})` : 'no connection' };
  }
}
