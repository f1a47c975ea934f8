import { createHmac, timingSafeEqual } from 'node:crypto';

import { AppError } from '@release-manager/domain';

import type { ExpectedUpload } from './artifact-store.ts';
import { parseObjectKey } from './object-key.ts';

/** What one upload URL permits: exactly these bytes, under this key, until then. */
export interface UploadGrant extends ExpectedUpload {
  readonly key: string;
  readonly expiresAt: Date;
}

const version = 'u1';
const longestToken = 4096;

/** `u1.<payload>.<HMAC-SHA256>`, both parts base64url. The secret never leaves this process and its replicas. */
export function signUploadToken(grant: UploadGrant, secret: Buffer): string {
  const payload = Buffer.from(JSON.stringify([grant.key, grant.size, grant.sha256, grant.expiresAt.getTime()]), 'utf8');
  const text = `${version}.${payload.toString('base64url')}`;
  return `${text}.${mac(text, secret)}`;
}

/** @throws AppError forbidden `storage.upload-token` when the token is not ours, or `storage.upload-expired` */
export function openUploadToken(token: string, secret: Buffer, now: Date): UploadGrant {
  const end = token.lastIndexOf('.');
  if (token.length > longestToken || end < 0 || !token.startsWith(`${version}.`)) throw forged();
  const text = token.slice(0, end);
  // Compared as text: base64 that decodes to the same bytes can be spelled in several ways.
  const given = Buffer.from(token.slice(end + 1), 'utf8');
  const right = Buffer.from(mac(text, secret), 'utf8');
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw forged();
  const grant = parsePayload(text.slice(version.length + 1));
  if (now.getTime() >= grant.expiresAt.getTime()) {
    throw new AppError(
      'forbidden',
      'storage.upload-expired',
      `This upload URL expired at ${grant.expiresAt.toISOString()}.`,
      { next: 'Register the artifact again: it answers with a fresh URL.' },
    );
  }
  return grant;
}

/** Signed by us, and still checked: a token of another version of this program must not become a path. */
function parsePayload(text: string): UploadGrant {
  let payload: unknown;
  try {
    payload = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw forged();
  }
  const [key, size, sha256, expiry] = Array.isArray(payload) ? (payload as readonly unknown[]) : [];
  if (typeof key !== 'string' || typeof size !== 'number' || typeof sha256 !== 'string' || typeof expiry !== 'number') {
    throw forged();
  }
  parseObjectKey(key);
  return { key, size, sha256, expiresAt: new Date(expiry) };
}

function mac(text: string, secret: Buffer): string {
  // The purpose is part of what is signed, so a secret that also signs something else opens nothing here.
  return createHmac('sha256', secret).update('release-manager/upload\n').update(text).digest('base64url');
}

function forged(): AppError {
  return new AppError('forbidden', 'storage.upload-token', 'This is no upload URL of this release manager.', {
    next: 'Use the URL exactly as the registration of the artifact returned it.',
  });
}
