import { createHash } from 'node:crypto';

import { AppError } from '@release-manager/domain';

import type { ExpectedUpload } from './artifact-store.ts';

/**
 * Passes the body on and fails at its end unless it was exactly what was announced; it fails at the first byte too many, so
 * nobody fills the disk. Whoever writes the chunks must discard them on an error.
 * @throws AppError invalid `storage.upload-size` or `storage.upload-checksum`
 */
export async function* exactly(expected: ExpectedUpload, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > expected.size) throw wrongSize(expected.size, 'more');
    hash.update(chunk);
    yield chunk;
  }
  if (size < expected.size) throw wrongSize(expected.size, String(size));
  if (hash.digest('hex') !== expected.sha256) {
    throw new AppError(
      'invalid',
      'storage.upload-checksum',
      'The uploaded bytes do not have the SHA-256 that was announced.',
      { next: 'Upload the same file that was registered, or register the artifact again.' },
    );
  }
}

function wrongSize(announced: number, came: string): AppError {
  return new AppError('invalid', 'storage.upload-size', `${announced} bytes were announced and ${came} came.`, {
    next: 'Upload the same file that was registered, or register the artifact again.',
  });
}
