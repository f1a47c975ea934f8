import { createHash, sign } from 'node:crypto';

import type { SshPrivateKey } from './ssh-private-key.ts';
import { SshReader, sshNumber, sshString } from './ssh-wire.ts';

const preamble = Buffer.from('SSHSIG', 'latin1');
/** What git asks for when it verifies: a signature made for another purpose is worth nothing to it. */
const namespace = 'git';
const hashName = 'sha512';

/**
 * The armored signature that `ssh-keygen -Y sign -n git` would make (PROTOCOL.sshsig of OpenSSH). It is made in this process
 * because commits of one batch stand on each other: a program started for each of them, one after the other, would take
 * seconds for a batch of hundreds.
 */
export function signWithSsh({ key, type, publicBlob }: SshPrivateKey, payload: Buffer): string {
  const digest = createHash(hashName).update(payload).digest();
  const purpose = Buffer.concat([sshString(namespace), sshString(''), sshString(hashName)]);
  const data = Buffer.concat([preamble, purpose, sshString(digest)]);
  const version = Buffer.from([0, 0, 0, 1]);
  const signature = sshString(signatureBlob(key, type, data));
  return armored(Buffer.concat([preamble, version, sshString(publicBlob), purpose, signature]));
}

function signatureBlob(key: SshPrivateKey['key'], type: string, data: Buffer): Buffer {
  if (type === 'ssh-ed25519') return Buffer.concat([sshString(type), sshString(sign(null, data, key))]);
  // An RSA key signs by RSA with SHA-2; the name of the key stays what it was before that existed (RFC 8332).
  if (type === 'ssh-rsa') return Buffer.concat([sshString('rsa-sha2-512'), sshString(sign('sha512', data, key))]);
  const raw = sign(ecdsaHash(type), data, { key, dsaEncoding: 'ieee-p1363' });
  const half = raw.length / 2;
  const numbers = Buffer.concat([sshNumber(raw.subarray(0, half)), sshNumber(raw.subarray(half))]);
  return Buffer.concat([sshString(type), sshString(numbers)]);
}

/** RFC 5656, section 6.2.1. */
function ecdsaHash(type: string): string {
  if (type.endsWith('256')) return 'sha256';
  return type.endsWith('384') ? 'sha384' : 'sha512';
}

function armored(blob: Buffer): string {
  const lines = blob.toString('base64').match(/.{1,70}/g) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

/** The public half as a line for `authorized_keys` or `allowed_signers`. */
export function publicKeyLine({ publicBlob }: SshPrivateKey): string {
  return `${new SshReader(publicBlob).text()} ${publicBlob.toString('base64')}`;
}
