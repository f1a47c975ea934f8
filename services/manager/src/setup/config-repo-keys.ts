import { join } from 'node:path';

import { AppError } from '@release-manager/domain';
import {
  noCredentials,
  openCommitSigner,
  openSshIdentity,
  type CommitSigner,
  type Credentials,
} from '@release-manager/git';
import type { Lifecycle, Redactor } from '@release-manager/runtime';

import type { Config } from '../config.ts';

export interface KeyDeps {
  readonly lifecycle: Lifecycle;
  readonly redactor: Redactor;
}

/**
 * How we show the config repo's host who we are: a key for ssh://, a token for https://.
 * @throws AppError invalid `config.config-repo`, `git.bad-key`, `git.bad-known-hosts`
 */
export async function remoteCredentials(config: Config, url: string, deps: KeyDeps): Promise<Credentials> {
  const { CONFIG_REPO_SSH_KEY: privateKey, CONFIG_REPO_KNOWN_HOSTS: knownHosts, CONFIG_REPO_TOKEN: token } = config;
  assertFitting(config, /^ssh:/i.test(url));
  if (token !== undefined) return { kind: 'token', username: config.CONFIG_REPO_USERNAME, token };
  if (privateKey === undefined || knownHosts === undefined) return noCredentials;
  hideLines(privateKey, deps.redactor);
  const identity = await openSshIdentity({ privateKey, knownHosts, folder: join(config.DATA_DIR, 'keys', 'ssh') });
  deps.lifecycle.onStop('ssh key', () => identity.close());
  return identity.credentials;
}

/** Signs every commit that the manager makes, when a key is set. @throws AppError invalid `git.bad-key` */
export async function commitSigner(config: Config, deps: KeyDeps): Promise<CommitSigner | undefined> {
  const { COMMIT_SIGNING_KEY: privateKey } = config;
  if (privateKey === undefined) return undefined;
  hideLines(privateKey, deps.redactor);
  const signer = await openCommitSigner({ privateKey, folder: join(config.DATA_DIR, 'keys', 'gpg') });
  deps.lifecycle.onStop('signing key', () => signer.close());
  return signer;
}

function assertFitting(config: Config, isSsh: boolean): void {
  const { CONFIG_REPO_SSH_KEY: key, CONFIG_REPO_KNOWN_HOSTS: hosts, CONFIG_REPO_TOKEN: token } = config;
  if (isSsh && key === undefined) throw unfit('it begins with ssh:// and there is no key', 'set CONFIG_REPO_SSH_KEY');
  if (isSsh && hosts === undefined) {
    const next = 'set CONFIG_REPO_KNOWN_HOSTS to the lines of `ssh-keyscan <host>`, after comparing their fingerprints';
    throw unfit('it begins with ssh:// and no host key is known', next);
  }
  if (isSsh && token !== undefined) throw unfit('ssh:// uses no token', 'remove CONFIG_REPO_TOKEN');
  if (!isSsh && key !== undefined) throw unfit('CONFIG_REPO_SSH_KEY is for ssh:// only', 'give the ssh:// address');
}

function unfit(why: string, next: string): AppError {
  return new AppError('invalid', 'config.config-repo', `CONFIG_REPO_URL cannot be used: ${why}.`, { next });
}

/** A program that quotes a key would quote one of its lines. */
function hideLines(privateKey: string, redactor: Redactor): void {
  for (const line of privateKey.split(/\s+/)) if (/^[A-Za-z0-9+/=]{32,}$/.test(line)) redactor.register(line);
}
