import { AppError } from '@release-manager/domain';
import type { GithubRepository } from '@release-manager/github';

/** Long enough that a burst of releases asks once, short enough that a permission given just now counts at the next retry. */
const keptMs = 60_000;
const mostKept = 1000;

/**
 * Remembers that GitHub does not let us write to a repository, so that a missing permission fails each delivery with what to grant
 * but does not ask GitHub for each of them.
 */
export class RefusalMemory {
  readonly #refused = new Map<string, { readonly error: AppError; readonly until: number }>();

  /** @throws AppError the refusal of a moment ago, without asking */
  async guard<Result>({ owner, repo }: GithubRepository, now: Date, work: () => Promise<Result>): Promise<Result> {
    const key = `${owner}/${repo}`.toLowerCase();
    const known = this.#refused.get(key);
    if (known !== undefined && known.until > now.getTime()) throw known.error;
    try {
      return await work();
    } catch (error) {
      if (error instanceof AppError && error.code === 'github.forbidden') {
        if (this.#refused.size >= mostKept) this.#refused.clear();
        this.#refused.set(key, { error, until: now.getTime() + keptMs });
      }
      throw error;
    }
  }
}
