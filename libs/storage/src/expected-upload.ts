import { AppError } from '@release-manager/domain';

import type { ExpectedUpload } from './artifact-store.ts';

/** @throws AppError invalid `storage.expected` for a size or a checksum that no upload can have */
export function assertExpectedUpload(expected: ExpectedUpload): void {
  if (Number.isSafeInteger(expected.size) && expected.size > 0 && /^[0-9a-f]{64}$/.test(expected.sha256)) return;
  throw new AppError(
    'invalid',
    'storage.expected',
    'An upload is announced with its size in bytes (at least 1) and its SHA-256 as 64 lower-case hex digits.',
  );
}
