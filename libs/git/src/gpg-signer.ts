import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { AppError } from '@release-manager/domain';

import { gitEnvironment } from './git-environment.ts';
import { firstWords } from './git-error.ts';
import type { CommitSigner, CommitSignerOptions } from './types.ts';

const timeoutMs = 30_000;

/** No terminal and no question: what would ask for a passphrase gets the empty one, and says so when that is wrong. */
const fixed = ['--batch', '--no-tty', '--quiet', '--no-auto-check-trustdb', '--trust-model', 'always'] as const;
const silent = ['--pinentry-mode', 'loopback', '--passphrase', ''] as const;

/**
 * OpenPGP signatures by gpg, which keeps the key in a folder of ours. Each is a process of 10 to 20 ms.
 * @throws AppError invalid `git.bad-key`; unavailable `git.signing-failed`
 */
export async function openGpgSigner({ privateKey, folder }: CommitSignerOptions): Promise<CommitSigner> {
  const home = resolve(folder);
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true, mode: 0o700 });
  const gpg = new Gpg(home, await shortName(home));
  try {
    await gpg.run('gpg', [...fixed, ...silent, '--import'], Buffer.from(privateKey));
    const publicKey = fingerprint(await gpg.run('gpg', [...fixed, '--with-colons', '--list-secret-keys']));
    const args = [...fixed, ...silent, '--armor', '--detach-sign', '--local-user', publicKey];
    const sign = (payload: Buffer): Promise<string> => gpg.run('gpg', args, payload);
    await sign(Buffer.from('a first try'));
    return { sign, publicKey, close: () => gpg.close() };
  } catch (error) {
    await gpg.close();
    throw error;
  }
}

/** The primary key's: gpg chooses the subkey that may sign. */
function fingerprint(listing: string): string {
  const found = /^sec:.*\n(?:.*\n)*?fpr:+([0-9A-F]{40,64}):/m.exec(listing)?.[1];
  if (found !== undefined) return found;
  throw new AppError('invalid', 'git.bad-key', 'The OpenPGP key to sign commits with holds no private key.', {
    next: 'Export one with: gpg --armor --export-secret-keys <id>',
  });
}

/** The agent's socket lies in the folder, and the path of a socket has 107 bytes at most. */
const longestHome = 80;

/** The folder's own path, or a link to it where that is too long. */
async function shortName(folder: string): Promise<string> {
  if (Buffer.byteLength(folder) <= longestHome) return folder;
  const link = join(tmpdir(), `gpg-${randomBytes(8).toString('hex')}`);
  await symlink(folder, link);
  return link;
}

class Gpg {
  readonly #folder: string;
  readonly #home: string;

  constructor(folder: string, home: string) {
    this.#folder = folder;
    this.#home = home;
  }

  run(program: 'gpg' | 'gpgconf', args: readonly string[], input: Uint8Array = Buffer.alloc(0)): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const child = spawn(program, ['--homedir', this.#home, ...args], {
      env: { ...gitEnvironment({ home: this.#home }), GNUPGHOME: this.#home },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.once('error', (error) => reject(failed(`${program} could not be started`, error)));
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(output).toString('utf8'));
      else reject(failed(firstWords(Buffer.concat(errors).toString('utf8')) || `${program} was stopped`));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return promise;
  }

  /** Ends the agent, which holds the key in its memory, and takes the files away. */
  async close(): Promise<void> {
    await this.run('gpgconf', ['--kill', 'gpg-agent']).catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
    await rm(this.#home, { recursive: true, force: true });
  }
}

function failed(why: string, cause?: unknown): AppError {
  return new AppError('unavailable', 'git.signing-failed', `gpg could not sign a commit: ${why}.`, {
    next: 'Check that gpg is installed, and that the OpenPGP key has no passphrase, has not expired and may sign.',
    ...(cause === undefined ? {} : { cause }),
  });
}
