import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import type { TokenView } from '@release-manager/contract';

export type TokenKind = TokenView['kind'];

const shape = /^rm_(?:admin|personal|ci|daemon)_[A-Za-z0-9_-]{43}$/;

/** A new secret, `rm_<kind>_` and 256 random bits: the prefix lets secret scanners and our own redactor know it. */
export function newTokenSecret(kind: TokenKind): string {
  return `rm_${kind}_${randomBytes(32).toString('base64url')}`;
}

/** Whether this can be one of ours at all: what cannot is refused without asking the database. */
export function isTokenSecret(text: string): boolean {
  return shape.test(text);
}

/**
 * What is stored: lower-case hex SHA-256. A slow password hash would add nothing to 256 random bits, and finding a row by this
 * hash tells by its time at most something of the hash, which nobody can steer.
 */
export function hashTokenSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares in a time that depends on neither text, their lengths included. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
