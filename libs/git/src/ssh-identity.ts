import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { AppError } from '@release-manager/domain';

import type { Credentials } from './credentials.ts';
import { keyFileText, readSshPrivateKey } from './ssh-private-key.ts';

/** The key and the known hosts of one remote, in files that ssh can read. */
export interface SshIdentity {
  readonly credentials: Extract<Credentials, { kind: 'ssh-key' }>;
  /** Removes the files. */
  close(): Promise<void>;
}

export interface SshIdentityOptions {
  /** Without passphrase. */
  readonly privateKey: string;
  /** Lines of a `known_hosts` file: the only hosts that are believed. */
  readonly knownHosts: string;
  /** Ours alone: what lies there is thrown away first, such as the key that a killed process left. */
  readonly folder: string;
}

/**
 * Puts the deploy key where ssh finds it: in a folder and a file that only this user may read.
 * @throws AppError invalid `git.bad-key`, `git.bad-known-hosts`, `git.bad-folder`
 */
export async function openSshIdentity(options: SshIdentityOptions): Promise<SshIdentity> {
  readSshPrivateKey(options.privateKey);
  assertKnownHosts(options.knownHosts);
  const folder = resolve(options.folder);
  if (/[\p{Cc}"'\\$]/u.test(folder)) throw badFolder();
  const keyFile = join(folder, 'key');
  const knownHostsFile = join(folder, 'known_hosts');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(keyFile, keyFileText(options.privateKey), { mode: 0o600 });
  await writeFile(knownHostsFile, keyFileText(options.knownHosts), { mode: 0o600 });
  return {
    credentials: { kind: 'ssh-key', keyFile, knownHostsFile },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** At least one line has to name a host, the kind of a key, and the key. */
function assertKnownHosts(text: string): void {
  const names = (line: string): boolean =>
    /^(?:@cert-authority\s+)?[^\s#@]\S*\s+\S+\s+[A-Za-z0-9+/=]{40,}/.test(line.trim());
  if (text.split(/\r\n?|\n/).some(names)) return;
  throw new AppError('invalid', 'git.bad-known-hosts', 'The known hosts name no host with its key.', {
    next: 'Give lines as `ssh-keyscan <host>` prints them, after comparing their fingerprints with those that the host publishes.',
  });
}

/** ssh reads these characters as more than themselves. */
function badFolder(): AppError {
  return new AppError('invalid', 'git.bad-folder', 'The folder for the ssh key has a name that ssh cannot read.', {
    next: 'Choose a folder without quotes, backslashes, dollar signs and control characters in its path.',
  });
}
