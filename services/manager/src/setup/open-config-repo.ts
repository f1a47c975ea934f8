import { join } from 'node:path';

import { initialFiles } from '@release-manager/config-repo';
import type { GitIdentity } from '@release-manager/domain';
import { createBareRepository, createMirror, noCredentials, type Mirror } from '@release-manager/git';

import type { Config } from '../config.ts';
import { commitSigner, remoteCredentials, type KeyDeps } from './config-repo-keys.ts';

export interface OpenedConfigRepo {
  readonly mirror: Mirror;
  /** For people, without credentials. */
  readonly description: string;
  /** The folder with the repository that we serve at `/git`; absent where CONFIG_REPO_URL names another. */
  readonly servedFrom?: string;
}

/** Name of the built-in repository below `/git`. */
export const builtInRepository = 'config.git';

export interface OpenConfigRepoDeps extends KeyDeps {
  /** The manager as a committer. */
  readonly identity: GitIdentity;
  readonly now: () => Date;
  /** Fires when no remote that hangs may keep the process alive any longer. */
  readonly stopping: AbortSignal;
}

/** The config repo by CONFIG_REPO_URL, or one of our own with the environment `dev`. */
export async function openConfigRepo(config: Config, deps: OpenConfigRepoDeps): Promise<OpenedConfigRepo> {
  const { identity, now } = deps;
  const signer = await commitSigner(config, deps);
  const shared = {
    folder: join(config.DATA_DIR, 'mirror'),
    branch: config.CONFIG_REPO_BRANCH,
    stopping: { signal: deps.stopping },
    ...(signer === undefined ? {} : { sign: (payload: Buffer) => signer.sign(payload) }),
  };
  const url = config.CONFIG_REPO_URL;
  if (url !== undefined) {
    const mirror = createMirror({ ...shared, url, credentials: await remoteCredentials(config, url, deps) });
    return { mirror, description: withoutCredentials(url) };
  }
  const servedFrom = join(config.DATA_DIR, 'git');
  const path = join(servedFrom, builtInRepository);
  await createBareRepository(path, shared.branch);
  const mirror = createMirror({ ...shared, url: path, credentials: noCredentials, allowFile: true });
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

function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//');
}
