import { createHmac } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { openUploadToken, signUploadToken, type UploadGrant } from './upload-token.ts';

const secret = Buffer.from('0123456789abcdef0123456789abcdef');
const now = new Date('2026-03-01T12:00:00Z');
const grant: UploadGrant = {
  key: 'uploads/web/upl_1.zip',
  size: 12,
  sha256: 'ab'.repeat(32),
  expiresAt: new Date('2026-03-01T12:10:00Z'),
};
const forged = expect.objectContaining({ kind: 'forbidden', code: 'storage.upload-token' }) as Error;

describe('upload token', () => {
  it('gives back what was granted', () => {
    expect(openUploadToken(signUploadToken(grant, secret), secret, now)).toEqual(grant);
  });

  it('needs no escaping in a path', () => {
    expect(signUploadToken(grant, secret)).toMatch(/^[A-Za-z0-9._-]+$/);
  });

  it('A7 expires at its time', () => {
    const token = signUploadToken(grant, secret);
    expect(openUploadToken(token, secret, new Date(grant.expiresAt.getTime() - 1))).toEqual(grant);
    expect(() => openUploadToken(token, secret, grant.expiresAt)).toThrow(/expired at 2026-03-01T12:10:00/);
  });

  it('A7 opens under no other secret', () => {
    expect(() => openUploadToken(signUploadToken(grant, secret), Buffer.alloc(32), now)).toThrow(forged);
  });

  it('A7 opens with no character changed, left out or added', () => {
    const token = signUploadToken(grant, secret);
    fc.assert(
      fc.property(
        fc.nat(token.length - 1),
        fc.constantFrom('', 'A', '_', '.', '%', 'é'),
        fc.boolean(),
        (at, put, keep) => {
          const changed = token.slice(0, at) + put + token.slice(keep ? at : at + 1);
          fc.pre(changed !== token);
          expect(() => openUploadToken(changed, secret, now)).toThrow(forged);
        },
      ),
    );
  });

  it.each(['', '.', 'u1.', 'u1..', 'u2.e30.AAAA', `u1.${'x'.repeat(5_000)}.AAAA`])('A7 refuses %.20s', (token) => {
    expect(() => openUploadToken(token, secret, now)).toThrow(forged);
  });

  it.each([['not json'], ['{}'], ['["a",1,"b"]'], ['["../etc/passwd",1,"b",9999999999999]']])(
    'A1 makes no path of the signed text %j',
    (payload) => {
      const text = `u1.${Buffer.from(payload).toString('base64url')}`;
      const mac = createHmac('sha256', secret).update('release-manager/upload\n').update(text).digest('base64url');
      expect(() => openUploadToken(`${text}.${mac}`, secret, now)).toThrow(/no upload URL|no key/);
    },
  );
});
