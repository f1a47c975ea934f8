import { createHmac, timingSafeEqual } from 'node:crypto';

const form = /^sha256=([0-9a-f]{64})$/i;

/**
 * Whether GitHub, or whoever else has the secret, sent exactly these bytes: `X-Hub-Signature-256` is the HMAC-SHA256 of the
 * raw body. The older header with SHA-1 is not looked at. How long it takes tells nothing of how much of it was right.
 */
export function isSignedBy(secret: string, body: Buffer, header: string | undefined): boolean {
  const hex = form.exec(header ?? '')?.[1];
  if (hex === undefined) return false;
  const expected = createHmac('sha256', secret).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(hex, 'hex'));
}
