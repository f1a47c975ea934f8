import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { AppError } from '@release-manager/domain';

import { assertListPrefix } from './object-key.ts';

export type StoreLocation =
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string }
  | { readonly kind: 'folder'; readonly path: string };

/** The naming rules of S3 for general purpose buckets; they also keep an ARN or a host name out of the endpoint's URL. */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Reads the setting that says where artifacts lie: `s3://bucket`, `s3://bucket/prefix`, `file:///srv/artifacts`, `file:./artifacts`.
 * `prefix` has neither a leading nor a trailing `/` and may be empty; `path` is absolute.
 * @throws AppError invalid `storage.url`
 */
export function parseStoreUrl(text: string): StoreLocation {
  if (text.startsWith('s3://')) return parseS3(text);
  if (text.startsWith('file:')) return { kind: 'folder', path: folderPath(text) };
  throw invalidUrl(text);
}

function parseS3(text: string): StoreLocation {
  const [bucket = '', ...rest] = text.slice('s3://'.length).split('/');
  const prefix = rest.join('/').replace(/\/$/, '');
  if (!bucketName.test(bucket) || bucket.includes('..') || prefix.endsWith('/')) throw invalidUrl(text);
  try {
    assertListPrefix(prefix);
  } catch (error) {
    throw invalidUrl(text, error);
  }
  return { kind: 's3', bucket, prefix };
}

function folderPath(text: string): string {
  const rest = text.slice('file:'.length);
  if (rest === '' || rest.includes('\0')) throw invalidUrl(text);
  if (!rest.startsWith('//')) return isAbsolute(rest) ? rest : resolve(rest);
  try {
    return fileURLToPath(text);
  } catch (error) {
    throw invalidUrl(text, error);
  }
}

/** Repeats no text that could hold a password (`s3://key:secret@bucket`). */
function invalidUrl(text: string, cause?: unknown): AppError {
  const shown = text.includes('@') ? 'The location of the artifact store' : JSON.stringify(text.slice(0, 120));
  return new AppError('invalid', 'storage.url', `${shown} says no place where artifacts can lie.`, {
    next: 'Set ARTIFACT_STORE to s3://<bucket>/<prefix> or file:<folder>.',
    cause,
  });
}
