import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { AppError, messageOf } from '@release-manager/domain';

import type { World } from '../core/world.ts';

const run = promisify(execFile);

export interface GitOptions {
  readonly cwd: string;
  readonly env: World['env'];
  readonly signal?: AbortSignal;
  readonly timeoutSeconds?: number;
  /** Lets git ask for a password on the terminal. */
  readonly mayPrompt?: boolean;
}

/**
 * Runs the caller's own git with fixed words, never through a shell, and never waiting for somebody to type a password.
 * @throws AppError invalid `git.failed` with what git said, `git.missing` where there is no git
 */
export async function runGit(args: readonly string[], options: GitOptions): Promise<string> {
  try {
    const { stdout } = await run('git', [...args], {
      cwd: options.cwd,
      env: {
        ...options.env,
        ...(options.mayPrompt === true ? {} : { GIT_TERMINAL_PROMPT: '0' }),
        LC_ALL: 'C',
        GIT_OPTIONAL_LOCKS: '0',
      },
      timeout: (options.timeoutSeconds ?? 30) * 1000,
      maxBuffer: 16 * 1024 * 1024,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    return stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new AppError('invalid', 'git.missing', 'git is not installed here.', { next: 'install git', cause: error });
    }
    const said = (error as { stderr?: unknown }).stderr;
    const text = typeof said === 'string' && said.trim() !== '' ? said.trim() : messageOf(error);
    throw new AppError('invalid', 'git.failed', `git ${args[0] ?? ''} failed: ${withoutCredentials(text)}`);
  }
}

/** The same where nothing is an answer as well: not a repository, no such commit, no git. */
export async function tryGit(args: readonly string[], options: GitOptions): Promise<string | undefined> {
  try {
    return await runGit(args, options);
  } catch {
    return undefined;
  }
}

/** git repeats remotes in what it says, with the password that somebody wrote into one. The user of ssh is no secret. */
export function withoutCredentials(text: string): string {
  return text
    .replaceAll(/\b((?:https?|git):\/\/)[^/@\s]+@/g, '$1')
    .replaceAll(/\b(ssh:\/\/[^/@:\s]+):[^/@\s]+@/g, '$1@');
}
