import { AppError } from '@release-manager/domain';

export function notFound(key: string, cause?: unknown): AppError {
  return new AppError('not-found', 'storage.not-found', `The artifact store has nothing under ${key}.`, {
    details: { key },
    cause,
  });
}

export function tooLarge(key: string, limit: number): AppError {
  return new AppError(
    'invalid',
    'storage.too-large',
    `What the artifact store has under ${key} is larger than the ${limit} bytes that are read.`,
    { details: { key, limit } },
  );
}
