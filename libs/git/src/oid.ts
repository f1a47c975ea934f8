import { createHash } from 'node:crypto';

import { AppError } from '@release-manager/domain';

declare const oidBrand: unique symbol;

/** The name of a git object: 40 lower-case hex digits of its SHA-1. */
export type Oid = string & { readonly [oidBrand]: true };

export type ObjectType = 'commit' | 'tree' | 'blob';

const pattern = /^[0-9a-f]{40}$/;

export function isOid(text: string): text is Oid {
  return pattern.test(text);
}

/** @throws AppError invalid `git.bad-oid` for anything but 40 lower-case hex digits, so that no option or ref passes as one. */
export function parseOid(text: string): Oid {
  if (isOid(text)) return text;
  throw new AppError(
    'invalid',
    'git.bad-oid',
    `${JSON.stringify(text.slice(0, 80))} is no commit id: it must have 40 hex digits.`,
  );
}

export function oidFromBytes(bytes: Buffer): Oid {
  return bytes.toString('hex') as Oid;
}

/** The id that git gives to this content: SHA-1 over `<type> <length>\0<content>`. */
export function hashObject(type: ObjectType, content: Uint8Array): Oid {
  return createHash('sha1').update(`${type} ${content.byteLength}\0`).update(content).digest('hex') as Oid;
}

/** The tree without entries; every git knows it without storing it. */
export const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904' as Oid;
