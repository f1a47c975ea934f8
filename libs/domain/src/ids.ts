import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * An id such as `rel_01j9…`: 48 bits of milliseconds, then 80 random bits, in Crockford's base 32, so that ids sort by the
 * time they were made and an index on them stays dense.
 */
export function newId(
  prefix: 'rel' | 'req' | 'push' | 'tok' | 'inc' | 'upl' | 'cmd' | 'hold' | 'qua' | 'rbk' | 'log' | 'dlv',
  at: Date = new Date(),
): string {
  const bytes = Buffer.concat([Buffer.alloc(6), randomBytes(10)]);
  bytes.writeUIntBE(at.getTime(), 0, 6);
  let bits = 0n;
  for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let index = 0; index < 26; index += 1) {
    text = (alphabet[Number(bits & 31n)] ?? '') + text;
    bits >>= 5n;
  }
  return `${prefix}_${text}`;
}
