import { createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';

import { AppError } from '@release-manager/domain';

import { SshReader, sshNumber, sshString, withoutZeros } from './ssh-wire.ts';

/** A private key as this process can use it. */
export interface SshPrivateKey {
  readonly key: KeyObject;
  /** `ssh-ed25519`, `ssh-rsa`, `ecdsa-sha2-nistp256`, … */
  readonly type: string;
  /** The public half in the form of ssh: what a line of `authorized_keys` holds in base64. */
  readonly publicBlob: Buffer;
}

const magic = 'openssh-key-v1\0';
const armor = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/;

/**
 * Reads a private key as `ssh-keygen` writes it (PROTOCOL.key of OpenSSH), or one in PEM.
 * @throws AppError invalid `git.bad-key`; its message says what is wrong and never shows the key.
 */
export function readSshPrivateKey(text: string): SshPrivateKey {
  const body = armor.exec(text)?.[1];
  try {
    return describeKey(body === undefined ? readPem(text) : readOpenSsh(Buffer.from(body, 'base64')));
  } catch (error) {
    // What a parser says may quote what it read.
    throw error instanceof AppError ? error : badKey('it is damaged or no private key');
  }
}

/** The text with what environment variables and editors do to keys undone: ssh insists on line feeds and a last one. */
export function keyFileText(text: string): string {
  return `${text.replaceAll(/\r\n?/g, '\n').trim()}\n`;
}

function readPem(text: string): KeyObject {
  if (/ENCRYPTED/.test(text)) throw passphrase();
  return createPrivateKey(keyFileText(text));
}

function readOpenSsh(bytes: Buffer): KeyObject {
  if (bytes.toString('latin1', 0, magic.length) !== magic) throw badKey('it is damaged');
  const outer = new SshReader(bytes.subarray(magic.length));
  if (outer.text() !== 'none') throw passphrase();
  outer.string();
  outer.string();
  if (outer.uint32() !== 1) throw badKey('it holds more than one key');
  outer.string();
  const inner = new SshReader(outer.string());
  // Two equal numbers show that the section was decrypted rightly.
  if (inner.uint32() !== inner.uint32()) throw badKey('it is damaged');
  return createPrivateKey({ key: readFields(inner), format: 'jwk' });
}

function readFields(reader: SshReader): JsonWebKey {
  const type = reader.text();
  switch (type) {
    case 'ssh-ed25519': {
      const x = reader.string();
      // The seed, and the public key once more.
      return { kty: 'OKP', crv: 'Ed25519', x: url(x), d: url(reader.string().subarray(0, 32)) };
    }
    case 'ssh-rsa':
      return readRsa(reader);
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
      return readEcdsa(reader);
    default:
      throw badKey(`keys of the kind ${JSON.stringify(type.slice(0, 60))} cannot be used here`);
  }
}

function readRsa(reader: SshReader): JsonWebKey {
  const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => withoutZeros(reader.string())) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  const exponent = (prime: Buffer): string => {
    const hex = (toBigInt(d) % (toBigInt(prime) - 1n)).toString(16);
    return url(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'));
  };
  return {
    kty: 'RSA',
    n: url(n),
    e: url(e),
    d: url(d),
    p: url(p),
    q: url(q),
    dp: exponent(p),
    dq: exponent(q),
    qi: url(qi),
  };
}

function readEcdsa(reader: SshReader): JsonWebKey {
  const curve = reader.text();
  const point = reader.string();
  const size = (point.length - 1) / 2;
  const scalar = withoutZeros(reader.string());
  const d = Buffer.concat([Buffer.alloc(size - scalar.length), scalar]);
  const crv = curve.replace('nistp', 'P-');
  return { kty: 'EC', crv, x: url(point.subarray(1, 1 + size)), y: url(point.subarray(1 + size)), d: url(d) };
}

/** Names the key as ssh does, from what Node knows of it. */
function describeKey(key: KeyObject): SshPrivateKey {
  const { kty, crv, x, y, n, e } = key.export({ format: 'jwk' });
  if (kty === 'OKP' && crv === 'Ed25519') return described(key, 'ssh-ed25519', [sshString(bytes(x))]);
  if (kty === 'RSA') {
    if (bytes(n).length < 256) throw badKey('an RSA key needs 2048 bits at least');
    return described(key, 'ssh-rsa', [sshNumber(bytes(e)), sshNumber(bytes(n))]);
  }
  if (kty === 'EC' && crv !== undefined && /^P-(?:256|384|521)$/.test(crv)) {
    const curve = crv.replace('P-', 'nistp');
    const point = Buffer.concat([Buffer.of(4), bytes(x), bytes(y)]);
    return described(key, `ecdsa-sha2-${curve}`, [sshString(curve), sshString(point)]);
  }
  throw badKey('keys of its kind cannot be used here');
}

function described(key: KeyObject, type: string, fields: readonly Buffer[]): SshPrivateKey {
  return { key, type, publicBlob: Buffer.concat([sshString(type), ...fields]) };
}

function bytes(value: string | undefined): Buffer {
  return Buffer.from(value ?? '', 'base64url');
}

function url(value: Buffer): string {
  return value.toString('base64url');
}

function toBigInt(value: Buffer): bigint {
  return BigInt(`0x${value.toString('hex')}`);
}

function passphrase(): AppError {
  return badKey('it is protected by a passphrase, and nobody is there to type it');
}

function badKey(why: string): AppError {
  return new AppError('invalid', 'git.bad-key', `The private key cannot be used: ${why}.`, {
    next: 'Make one with: ssh-keygen -t ed25519 -N "" -f key',
  });
}
