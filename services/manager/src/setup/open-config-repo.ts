import { join } from 'node:path';

import { initialFiles } from '@release-manager/config-repo';
import type { GitIdentity } from '@release-manager/domain';
import { createBareRepository, createMirror, noCredentials, type Credentials, type Mirror } from '@release-manager/git';

import type { Config } from '../config.ts';

export interface OpenedConfigRepo {
  readonly mirror: Mirror;
  /** For people, without credentials. */
  readonly description: string;
  /** The folder with the repository that we serve at `/git`; absent where CONFIG_REPO_URL names another. */
  readonly servedFrom?: string;
}

/** Name of the built-in repository below `/git`. */
export const builtInRepository = 'config.git';

/** The config repo by CONFIG_REPO_URL, or one of our own with the environment `dev`. */
export async function openConfigRepo(
  config: Config,
  identity: GitIdentity,
  now: () => Date,
): Promise<OpenedConfigRepo> {
  const folder = join(config.DATA_DIR, 'mirror');
  const branch = config.CONFIG_REPO_BRANCH;
  if (config.CONFIG_REPO_URL !== undefined) {
    const mirror = createMirror({ folder, url: config.CONFIG_REPO_URL, branch, credentials: credentialsOf(config) });
    return { mirror, description: withoutCredentials(config.CONFIG_REPO_URL) };
  }
  const servedFrom = join(config.DATA_DIR, 'git');
  const path = join(servedFrom, builtInRepository);
  await createBareRepository(path, branch);
  const mirror = createMirror({ folder, url: path, branch, credentials: noCredentials, allowFile: true });
  await initialise(mirror, identity, now());
  return { mirror, description: `built in, ${path}`, servedFrom };
}

/** Does nothing once there is a commit; a kill -9 before the push leaves an empty repository, and the next start pushes. */
async function initialise(mirror: Mirror, identity: GitIdentity, at: Date): Promise<void> {
  if ((await mirror.fetch()) !== undefined) return;
  const writer = mirror.writer(undefined);
  const files = initialFiles({ environments: [{ name: 'dev' }] });
  const signature = { ...identity, at };
  const commit = await writer.commit(
    files.map(({ path, content }) => ({ kind: 'put', path, content })),
    { message: 'Set up the config repo\n', author: signature, committer: signature },
  );
  if (commit === undefined) return;
  await writer.flush();
  await mirror.push(undefined, commit);
}

function credentialsOf({ CONFIG_REPO_USERNAME, CONFIG_REPO_TOKEN }: Config): Credentials {
  return CONFIG_REPO_TOKEN === undefined
    ? noCredentials
    : { kind: 'token', username: CONFIG_REPO_USERNAME, token: CONFIG_REPO_TOKEN };
}

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}
