import { credentialMask, credentialSettings, type Credentials, type GitSetting } from './credentials.ts';
import { gitEnvironment } from './git-environment.ts';
import { gitFailure, looksDamaged, looksLocked } from './git-error.ts';
import { runGit, type GitResult } from './git-process.ts';
import type { MirrorFolder } from './mirror-folder.ts';

export interface GitRunnerOptions {
  readonly url: string;
  readonly credentials: Credentials;
  readonly timeoutSeconds: number;
  readonly allowFile: boolean;
  /** Fires when whatever still runs is ended. A push has its own, since its answer is worth waiting for. */
  readonly ends?: { readonly others: AbortSignal; readonly push: AbortSignal } | undefined;
}

export interface GitRun {
  /** What is being done, for messages: `fetch`. */
  readonly action: string;
  readonly args: readonly string[];
  readonly input?: Uint8Array | readonly Uint8Array[];
  /** Whether it talks to the remote: then it gets the credentials. */
  readonly remote?: boolean;
  readonly settings?: readonly GitSetting[];
  readonly maxOutputBytes?: number;
}

/** The clone itself is broken; the remote is not to blame. Whoever holds the mirror replaces the folder and tries again. */
export class DamagedMirror extends Error {
  constructor(why: string) {
    super(`The local clone is damaged: ${why}`);
    this.name = 'DamagedMirror';
  }
}

/**
 * Tells git that missing objects are fine, because the remote has them. Not for a push: it would fetch old versions of
 * changed files one by one, only to send the new ones as differences.
 */
export const promisor: readonly GitSetting[] = [
  ['remote.origin.promisor', 'true'],
  ['remote.origin.partialCloneFilter', 'blob:none'],
];

/** Native git, bound to one mirror folder and one remote. */
export class GitRunner {
  readonly #folder: MirrorFolder;
  readonly #options: GitRunnerOptions;
  readonly mask: (text: string) => string;

  constructor(folder: MirrorFolder, options: GitRunnerOptions) {
    this.#folder = folder;
    this.#options = options;
    this.mask = credentialMask(options.credentials);
  }

  /** The call's standard output. @throws AppError as `gitFailure` says; DamagedMirror. */
  async run(call: GitRun): Promise<Buffer> {
    const result = await this.attempt(call);
    if (result.code !== 0) throw gitFailure(call.action, result, this.mask);
    return result.stdout;
  }

  /** Runs it and leaves the exit code to the caller. A lock that nobody holds is removed, and the call made again. */
  async attempt(call: GitRun): Promise<GitResult> {
    let result = await this.#once(call);
    if (result.stopped) return result;
    if (looksLocked(result)) {
      await this.#folder.clean();
      result = await this.#once(call);
    }
    if (looksDamaged(result)) throw new DamagedMirror(this.mask(result.stderr).slice(0, 500));
    if (result.code !== 0 && !(await this.#folder.isPresent())) throw new DamagedMirror('its folder is gone');
    return result;
  }

  async #once(call: GitRun): Promise<GitResult> {
    const remote = call.remote === true;
    const settings = [
      ...(remote ? credentialSettings(this.#options.credentials, this.#options.url) : []),
      ...(call.settings ?? []),
    ];
    const { allowFile, credentials, ends } = this.#options;
    const environment = gitEnvironment({
      home: this.#folder.path,
      settings,
      allowFile,
      ...(remote ? { credentials } : {}),
    });
    try {
      return await runGit({
        args: [`--git-dir=${this.#folder.path}`, ...call.args],
        environment,
        cwd: this.#folder.path,
        timeoutSeconds: this.#options.timeoutSeconds,
        ...(call.input === undefined ? {} : { input: call.input }),
        ...(call.maxOutputBytes === undefined ? {} : { maxOutputBytes: call.maxOutputBytes }),
        ...(ends === undefined ? {} : { signal: call.action === 'push' ? ends.push : ends.others }),
      });
    } catch (error) {
      // A working folder that vanished looks to Node like a program that was not found.
      if (!(await this.#folder.isPresent())) throw new DamagedMirror('its folder is gone');
      throw error;
    }
  }
}
