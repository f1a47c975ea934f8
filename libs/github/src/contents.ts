import type { GithubRepository } from './github-repository.ts';
import type { Bounded } from './pull-request.ts';

/** What a comparison says of `head`, seen from `base`. */
export interface CommitComparison {
  readonly relation: 'identical' | 'ahead' | 'behind' | 'diverged';
}

/** What lies in a repository, read by commit. */
export interface Contents {
  /** The commit that a branch points to; undefined when there is no such branch, or it may not be seen. */
  tipOf(repository: GithubRepository, branch: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Paths of the files of that name, wherever they lie. GitHub lists 100,000 entries at most. */
  findFiles(
    repository: GithubRepository,
    sha: string,
    fileName: string,
    signal?: AbortSignal,
  ): Promise<Bounded<string>>;
  /**
   * A text file of at most 100,000 bytes; undefined when there is none at that commit.
   * @throws AppError invalid `github.path`, `github.file-too-large`
   */
  read(repository: GithubRepository, path: string, sha: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Undefined when GitHub does not know one of the commits. `diverged` also without a common ancestor. */
  compare(
    repository: GithubRepository,
    base: string,
    head: string,
    signal?: AbortSignal,
  ): Promise<CommitComparison | undefined>;
}
