import { AppError } from '@release-manager/domain';

import { parseCommitLog, logFormat } from './commit-log.ts';
import type { GitRunner } from './git-runner.ts';
import type { MirrorFolder } from './mirror-folder.ts';
import type { Oid } from './oid.ts';
import type { CommitInfo } from './types.ts';

export interface HistoryOptions {
  readonly runner: GitRunner;
  readonly folder: MirrorFolder;
  /** Fetches this many commits more, or all; @returns whether all of them are here now. */
  readonly deepen: (commits: number | 'all') => Promise<boolean>;
}

/** The clone begins with the tip alone. A question about the past widens it in these steps until it can be answered. */
const steps = [256, 4096, 'all'] as const;
/** 500 bytes for each of half a million commits. */
const longestLog = 256 * 1024 * 1024;

/** Answers questions about commits by native git, which knows where a shallow clone ends. */
export class History {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  async isAncestor(ancestor: Oid, of: Oid): Promise<boolean> {
    return this.#widening(async (complete) => {
      if (await this.#isAncestorHere(ancestor, of)) return true;
      return complete ? false : undefined;
    });
  }

  async commitsBetween(from: Oid | undefined, to: Oid): Promise<readonly CommitInfo[]> {
    return this.#widening(async (complete) => {
      if (!(await this.#isHere(to))) {
        if (complete) throw unknownCommit(to);
        return undefined;
      }
      if (from !== undefined && (await this.#isAncestorHere(from, to))) {
        const commits = await this.#log([to, `^${from}`]);
        // Behind a merge, a line of commits may run past the end of the clone, and more of it would be shown than is new.
        return complete || commits.every((commit) => commit.parents.length < 2) ? commits : undefined;
      }
      return complete ? this.#log([to]) : undefined;
    });
  }

  async log(options: { path?: string; limit: number; from: Oid }): Promise<readonly CommitInfo[]> {
    return this.#widening(async (complete) => {
      const boundary = await this.#options.folder.shallowBoundary();
      const paths = options.path === undefined || options.path === '' ? [] : [options.path];
      const found = await this.#log([`--max-count=${options.limit + boundary.size}`, options.from], paths);
      // The last commits of a shallow clone have lost their parents, and seem to have made every file.
      const known = found.filter((commit) => !boundary.has(commit.oid)).slice(0, options.limit);
      return complete || known.length === options.limit ? known : undefined;
    });
  }

  async #widening<T>(answer: (complete: boolean) => Promise<T | undefined>): Promise<T> {
    let complete = (await this.#options.folder.shallowBoundary()).size === 0;
    let step = 0;
    for (;;) {
      const result = await answer(complete);
      if (result !== undefined) return result;
      complete = (await this.#options.deepen(steps[step] ?? 'all')) || step >= steps.length;
      step += 1;
    }
  }

  async #isHere(oid: Oid): Promise<boolean> {
    const result = await this.#options.runner.run({
      action: 'cat-file',
      args: ['cat-file', '--batch-check=%(objecttype)'],
      input: Buffer.from(`${oid}\n`),
    });
    return result.toString('latin1').trim() === 'commit';
  }

  async #isAncestorHere(ancestor: Oid, of: Oid): Promise<boolean> {
    if (!(await this.#isHere(ancestor)) || !(await this.#isHere(of))) return false;
    const args = ['merge-base', '--is-ancestor', ancestor, of];
    return (await this.#options.runner.attempt({ action: 'merge-base', args })).code === 0;
  }

  async #log(revisions: readonly string[], paths: readonly string[] = []): Promise<readonly CommitInfo[]> {
    const output = await this.#options.runner.run({
      action: 'log',
      args: ['--literal-pathspecs', 'log', '-z', '--no-color', logFormat, ...revisions, '--', ...paths],
      maxOutputBytes: longestLog,
    });
    return parseCommitLog(output);
  }
}

function unknownCommit(oid: Oid): AppError {
  return new AppError('not-found', 'git.unknown-commit', `The commit ${oid} is not in the history of the branch.`, {
    next: 'It may belong to history that was rewritten; look at the current tip instead.',
    details: { oid },
  });
}
