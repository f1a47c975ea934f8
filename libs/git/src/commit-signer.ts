import { AppError } from '@release-manager/domain';

import { openGpgSigner } from './gpg-signer.ts';
import { readSshPrivateKey } from './ssh-private-key.ts';
import { publicKeyLine, signWithSsh } from './ssh-signature.ts';
import type { CommitSigner, CommitSignerOptions } from './types.ts';

/**
 * Reads the key and makes one signature with it, so that a key that cannot sign stops the start and not a release.
 * @throws AppError invalid `git.bad-key`; unavailable `git.signing-failed`
 */
export async function openCommitSigner({ privateKey, folder }: CommitSignerOptions): Promise<CommitSigner> {
  if (/-----BEGIN PGP PUBLIC KEY/.test(privateKey)) throw publicHalf();
  if (/-----BEGIN PGP PRIVATE KEY/.test(privateKey)) return openGpgSigner({ privateKey, folder });
  const key = readSshPrivateKey(privateKey);
  signWithSsh(key, Buffer.from('a first try'));
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
