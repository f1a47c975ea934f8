import { AppError } from '@release-manager/domain';

import { openGpgSigner } from './gpg-signer.ts';
import { readSshPrivateKey } from './ssh-private-key.ts';
import { publicKeyLine, signWithSsh } from './ssh-signature.ts';

/** Makes the signatures of commits with one key. */
export interface CommitSigner {
  /** For `MirrorOptions.sign`. @throws AppError unavailable `git.signing-failed` */
  sign(payload: Buffer): Promise<string>;
  /** What verifies the signatures: the public key of ssh, or the fingerprint of OpenPGP. Not secret. */
  readonly publicKey: string;
  close(): Promise<void>;
}

export interface CommitSignerOptions {
  /** An OpenSSH private key without passphrase, or an armored OpenPGP one. */
  readonly privateKey: string;
  /** Ours alone, and replaced. Only gpg, which keeps its keys in files, makes use of it. */
  readonly folder: string;
}

/**
 * Reads the key and makes one signature with it, so that a key that cannot sign stops the start and not a release.
 * @throws AppError invalid `git.bad-key`; unavailable `git.signing-failed`
 */
export async function openCommitSigner({ privateKey, folder }: CommitSignerOptions): Promise<CommitSigner> {
  if (/-----BEGIN PGP PUBLIC KEY/.test(privateKey)) throw publicHalf();
  if (/-----BEGIN PGP PRIVATE KEY/.test(privateKey)) return openGpgSigner({ privateKey, folder });
  const key = readSshPrivateKey(privateKey);
  return {
    sign: (payload) => Promise.resolve(signWithSsh(key, payload)),
    publicKey: publicKeyLine(key),
    close: () => Promise.resolve(),
  };
}

function publicHalf(): AppError {
  return new AppError('invalid', 'git.bad-key', 'The key to sign commits with is the public half.', {
    next: 'Export the private one with: gpg --armor --export-secret-keys <id>',
  });
}
