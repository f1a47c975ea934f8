import type { GithubRepository } from './github-repository.ts';

export interface Label {
  /** At most 50 characters. */
  readonly name: string;
  /** Six hex digits without `#`. */
  readonly color: string;
  /** At most 100 characters. */
  readonly description: string;
}

export interface Labels {
  of(repository: GithubRepository, number: number, signal?: AbortSignal): Promise<readonly string[]>;
  /** Makes it with its colour where the repository does not have it; one that is there stays as it is. */
  ensure(repository: GithubRepository, label: Label, signal?: AbortSignal): Promise<void>;
  /** GitHub makes a label that is not there, in grey. */
  add(repository: GithubRepository, number: number, name: string, signal?: AbortSignal): Promise<void>;
  /** That it is not there is fine. */
  remove(repository: GithubRepository, number: number, name: string, signal?: AbortSignal): Promise<void>;
}
