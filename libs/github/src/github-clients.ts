import { createPrivateKey } from 'node:crypto';

import { createAppAuth } from '@octokit/auth-app';
import type { Octokit } from '@octokit/rest';
import { AppError } from '@release-manager/domain';

import type { GithubRepository } from './github-repository.ts';
import type { GithubAuth } from './github.ts';
import { createClient, type ClientOptions } from './octokit-client.ts';

/** Which client speaks of which repository. */
export interface GithubClients {
  /** The client for what is about ourselves and no repository. */
  readonly own: Octokit;
  /** Whether `own` is an App, which sees no repository itself. */
  readonly isApp: boolean;
  /** Errors of Octokit; 404 where the App is not installed. */
  forRepository(repository: GithubRepository, signal?: AbortSignal): Promise<Octokit>;
  /** Forgets which installation a repository belongs to, and its token: it may have been installed anew, or may do more now. */
  forget(repository: GithubRepository): void;
}

const mostKept = 5000;

/** @throws AppError invalid `github.private-key` */
export function createClients(options: ClientOptions, auth: GithubAuth): GithubClients {
  if (auth.kind === 'token') {
    const own = createClient(options, { auth: auth.token });
    return { own, isApp: false, forRepository: () => Promise.resolve(own), forget: () => undefined };
  }
  const { appId, privateKey } = auth;
  assertKey(privateKey);
  const appClient = (more: object): Octokit =>
    createClient(options, { authStrategy: createAppAuth, auth: { appId, privateKey, ...more } });
  const own = appClient({});
  // An installation has its own token and its own limits; Octokit keeps the token and renews it in time.
  const byInstallation = new Map<number, Octokit>();
  const installations = new Map<string, number>();
  return {
    own,
    isApp: true,
    async forRepository(repository, signal) {
      const key = keyOf(repository);
      const id = installations.get(key) ?? (await findInstallation(own, repository, signal));
      if (installations.size >= mostKept) installations.clear();
      installations.set(key, id);
      const client = byInstallation.get(id) ?? appClient({ installationId: id });
      byInstallation.set(id, client);
      return client;
    },
    forget(repository) {
      const id = installations.get(keyOf(repository));
      installations.delete(keyOf(repository));
      if (id !== undefined) byInstallation.delete(id);
    },
  };
}

/** GitHub does not tell upper case from lower in names. */
function keyOf({ owner, repo }: GithubRepository): string {
  return `${owner}/${repo}`.toLowerCase();
}

async function findInstallation(app: Octokit, repository: GithubRepository, signal?: AbortSignal): Promise<number> {
  const { data } = await app.rest.apps.getRepoInstallation({ ...repository, ...requestOf(signal) });
  return data.id;
}

/** Octokit's way to hand a signal to `fetch`. */
export function requestOf(signal: AbortSignal | undefined): { request?: { signal: AbortSignal } } {
  return signal === undefined ? {} : { request: { signal } };
}

/** What a library says of a key that it cannot read may show some of it. */
function assertKey(privateKey: string): void {
  try {
    createPrivateKey(privateKey.replaceAll('\\n', '\n'));
  } catch {
    throw new AppError('invalid', 'github.private-key', 'The private key of the GitHub App cannot be read.', {
      next: 'give the whole .pem file that GitHub made, without passphrase, as GITHUB_APP_PRIVATE_KEY or its place as GITHUB_APP_PRIVATE_KEY_FILE',
    });
  }
}
