import { AppError } from '@release-manager/domain';

const segment = /^[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,254}$/;
const prefixText = /^(?:[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,254}\/)*(?:[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,254})?$/;

/** What S3 takes at most, in bytes of UTF-8. */
const longestKey = 1024;

/**
 * The segments of a key. The alphabet is that of services and artifact ids: it needs no escaping in a URL, a path or an event,
 * and without a leading dot no segment can be `..` or hide.
 * @throws AppError invalid `storage.key`
 */
export function parseObjectKey(key: string): readonly string[] {
  if (!isObjectKey(key)) throw invalidKey(key);
  return key.split('/');
}

export function isObjectKey(key: string): boolean {
  return key.length <= longestKey && key.split('/').every((part) => segment.test(part));
}

/** @throws AppError invalid `storage.key` */
export function assertListPrefix(prefix: string): void {
  if (prefix.length > longestKey || !prefixText.test(prefix)) throw invalidKey(prefix);
}

function invalidKey(key: string): AppError {
  return new AppError(
    'invalid',
    'storage.key',
    `${JSON.stringify(key.slice(0, 120))} is no key of the artifact store: a key has segments of A-Z, a-z, 0-9, ".", "_", "-" and "+", none beginning with ".", joined by "/".`,
  );
}
