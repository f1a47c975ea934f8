import { createHash } from 'node:crypto';

import { AppError } from '@release-manager/domain';

import type { ExpectedUpload } from './artifact-store.ts';

/**
 * Passes the body on and fails at its end unless it was exactly what was announced; it fails at the first byte too many, so
 * nobody fills the disk. Whoever writes the chunks must discard them on an error.
 * @throws AppError invalid `storage.upload-size`, `storage.upload-checksum`, or `storage.upload-interrupted` when the body ends
 * in an error
 */
export async function* exactly(expected: ExpectedUpload, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of uninterrupted(body)) {
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

/** Who uploads went away: that is told apart from a disk that fails. */
async function* uninterrupted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw interrupted(error);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await chunks.return?.();
  }
}

function interrupted(cause: unknown): AppError {
  return new AppError('invalid', 'storage.upload-interrupted', 'The upload was interrupted before its end.', {
    next: 'Upload the same file again; the URL stays valid until it expires.',
    cause,
  });
}

function wrongSize(announced: number, came: string): AppError {
  return new AppError('invalid', 'storage.upload-size', `${announced} bytes were announced and ${came} came.`, {
    next: 'Upload the same file that was registered, or register the artifact again.',
  });
}
