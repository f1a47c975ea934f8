import { generateKeyPairSync } from 'node:crypto';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { createRedactor } from './redactor.ts';

/** Secrets as people choose them: any characters, spaces and quotes too, no line of the mask itself. */
const canary = fc
  .string({ minLength: 8, maxLength: 40, unit: 'grapheme' })
  .filter((text) => text.trim().length >= 8 && !text.includes('redacted'));
const around = fc.string({ maxLength: 20 });

describe('registered secrets', () => {
  it('are masked wherever they stand, raw or encoded', () => {
    const encodings: ((text: string) => string)[] = [
      (text) => text,
      (text) => encodeURIComponent(text),
      (text) => new URLSearchParams({ q: text }).toString().slice(2),
      (text) => JSON.stringify(text).slice(1, -1),
      (text) => Buffer.from(text).toString('base64'),
      (text) => Buffer.from(text).toString('base64url'),
    ];
    fc.assert(
      fc.property(canary, around, around, fc.constantFrom(...encodings), (secret, before, after, encode) => {
        const redactor = createRedactor();
        redactor.register(secret);
        expect(redactor.redact(before + encode(secret) + after)).not.toContain(encode(secret));
      }),
    );
  });

  it('are masked inside the base64 of something longer, at every alignment', () => {
    const redactor = createRedactor();
    redactor.register('correct-horse-battery');
    for (const user of ['', 'a', 'ab', 'abc']) {
      const header = Buffer.from(`${user}correct-horse-battery:x`).toString('base64');
      const kept = redactor.redact(`sent ${header}`).replace('[redacted]', '');
      expect(Buffer.from(kept.slice(5), 'base64').toString('latin1')).not.toContain('horse');
    }
  });

  it('leave no tail when they overlap', () => {
    const redactor = createRedactor();
    redactor.register('abcdefgh');
    redactor.register('efghijkl');
    expect(redactor.redact('<abcdefghijkl>')).toBe('<[redacted]>');
    expect(redactor.redact('abcdefgh efghijkl')).toBe('[redacted] [redacted]');
  });

  it('are masked by line for a key, and by password for a connection string', () => {
    const redactor = createRedactor();
    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 1024,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    redactor.register(privateKey);
    redactor.register('postgres://app:s%40cret-word@db/main');
    const line = privateKey.split('\n')[3] ?? '';
    expect(redactor.redact(`line ${line} and s@cret-word`)).toBe('line [redacted] and [redacted]');
  });

  it('are ignored when so short that they would mask ordinary words', () => {
    const redactor = createRedactor();
    redactor.register('dev');
    redactor.register('       ');
    expect(redactor.redact('released to dev       now')).toBe('released to dev       now');
  });
});

describe('what looks like a secret', () => {
  const redactor = createRedactor();
  const secret = 'Q2FuYXJ5Q2FuYXJ5Q2FuYXJ5';

  it.each([
    ['a header', `Authorization: Bearer ${secret}`],
    ['a header of another scheme', `authorization: AWS4-HMAC-SHA256 Credential=x, Signature=${secret}`],
    ['a header in JSON', `{"authorization":"token ${secret}","a":1}`],
    ['a header in JSON in JSON', JSON.stringify(JSON.stringify({ Authorization: `Basic ${secret}` }))],
    ['a header of curl', `> Proxy-Authorization: Basic ${secret}`],
    ['a bearer token alone', `with bearer ${secret}`],
    ['a URL with a password', `fatal: https://ada:${secret}@git.test/x.git not found`],
    ['a URL with a token as its user', `https://${secret}@git.test/x.git`],
    ['a URL with @ in its password', `https://ada:p@${secret}@git.test/x.git`],
    ['a presigned URL', `https://s3.test/b/k?X-Amz-Date=1&X-Amz-Signature=${secret}&x=1`],
    ['a session of AWS', `?X-Amz-Security-Token=${secret}`],
    ['a token in a query', `GET /login?token=${secret}`],
    ['a private key', `-----BEGIN RSA PRIVATE KEY-----\n${secret}\n-----END RSA PRIVATE KEY-----`],
    ['a private key on one line', String.raw`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`],
    ['a private key without its end', `-----BEGIN OPENSSH PRIVATE KEY-----\n${secret}`],
    ['a token of ours', `used rm_${secret}`],
    ['a token of GitHub', `ghp_${secret} ghs_${secret} github_pat_${secret}`],
    ['a token of Slack', `xoxb-12-${secret}`],
    ['a hook of Slack', `https://hooks.slack.com/services/T0/B0/${secret}`],
    ['a JSON web token', `eyJhbGciOiJI.eyJzdWIiOiIx.${secret}`],
  ])('%s', (_name, text) => {
    const redacted = redactor.redact(text);
    expect(redacted).not.toContain(secret);
    expect(redacted).toContain('[redacted]');
  });

  it.each([
    'https://git.test/a@b/c',
    'git clone ssh://git@github.test/a/b.git',
    'https://s3.test/b/k?X-Amz-Date=20260101&versionId=3',
    '-----BEGIN CERTIFICATE-----\nQ2FuYXJ5\n-----END CERTIFICATE-----',
    'release rel_01j9zzzzzzzzzzzzzzzzzzzzzz of main-0123456789-abcdef0123 to prod',
    'the bearer of this message',
    'mail ada@example.test',
  ])('leaves alone: %s', (text) => {
    expect(redactor.redact(text)).toBe(text);
  });

  it.each([
    'authorization'.repeat(20_000),
    '://'.repeat(100_000),
    `://${'a'.repeat(300_000)}`,
    'eyJ'.repeat(100_000),
    `eyJ${'a-'.repeat(100_000)}`,
    '-----BEGIN PRIVATE KEY-----'.repeat(10_000),
    `authorization:${' '.repeat(300_000)}`,
    'bearer '.repeat(40_000),
    `bearer${'\t'.repeat(300_000)}`,
    '?token='.repeat(40_000),
  ])('takes linear time over hostile text %#', (text) => {
    const started = performance.now();
    redactor.redact(text);
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});

describe('values', () => {
  it('are masked at any depth, in keys, errors and causes, and the original stays as it was', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9]{10,30}$/), (secret) => {
        const redactor = createRedactor();
        redactor.register(secret);
        const value = {
          list: [{ deep: new Map([['k', `x${secret}`]]) }, new Set([secret])],
          [`key-${secret}`]: 1,
          error: new Error(`failed: ${secret}`, { cause: new TypeError(secret) }),
          url: new URL(`https://x.test/${secret}`),
        };
        expect(JSON.stringify(redactor.redact(value))).not.toContain(secret);
        expect(value.list[0]).toEqual({ deep: new Map([['k', `x${secret}`]]) });
      }),
    );
  });

  it('are masked whole under the names of secrets', () => {
    const shown = createRedactor().redact({
      headers: { Authorization: 'a', cookie: ['b'] },
      accessToken: 'c',
      tokenId: 'd',
    });
    expect(shown).toEqual({
      headers: { Authorization: '[redacted]', cookie: '[redacted]' },
      accessToken: '[redacted]',
      tokenId: 'd',
    });
  });

  it('lose what is too long only after masking, so that no half of a secret is left', () => {
    const redactor = createRedactor();
    redactor.register('s3cret-s3cret');
    const shown = redactor.redact(`${'a'.repeat(32_765)}s3cret-s3cret`);
    expect(shown).not.toContain('s3c');
    expect(shown).toMatch(/\d+ more characters\]$/);
  });
});
