import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { noCredentials, credentialMask } from './credentials.ts';
import { gitEnvironment } from './git-environment.ts';
import { gitFailure } from './git-error.ts';
import { runGit } from './git-process.ts';
import { assertBranch } from './remote-address.ts';

/**
 * Makes an empty bare repository to be served by `createGitHttpHandler`; one that is there already stays as it is.
 * @throws AppError invalid `git.bad-branch`; unavailable when git or the disk does not play along.
 */
export async function createBareRepository(folder: string, branch: string): Promise<void> {
  assertBranch(branch);
  const path = resolve(folder);
  const parent = dirname(path);
  await mkdir(parent, { recursive: true });
  const result = await runGit({
    args: ['init', '--quiet', '--bare', '--template=', `--initial-branch=${branch}`, '--', path],
    environment: gitEnvironment({ home: parent }),
    cwd: parent,
    timeoutSeconds: 30,
  });
  if (result.code !== 0) throw gitFailure('init', result, credentialMask(noCredentials));
}
