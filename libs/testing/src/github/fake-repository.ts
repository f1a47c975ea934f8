import { randomBytes } from 'node:crypto';

import type {
  FakeCheckRun,
  FakeComment,
  FakeDeployment,
  FakeLabel,
  FakePullRequest,
  FakeStatus,
} from './fake-state.ts';

/** A repository of the fake: a graph of commits, and names that point into it. */
export class FakeRepository {
  readonly fullName: string;
  readonly id: number;
  readonly branches = new Map<string, string>();
  readonly tags = new Map<string, string>();
  /** Whether the App is installed there and the token sees it. */
  visible = true;
  archived = false;
  readonly pulls = new Map<number, FakePullRequest>();
  /** Oldest first. */
  readonly comments: FakeComment[] = [];
  /** By their names in lower case. */
  readonly labels = new Map<string, FakeLabel>();
  /** Oldest first. */
  readonly deployments: FakeDeployment[] = [];
  readonly checkRuns: FakeCheckRun[] = [];
  /** Oldest first. */
  readonly statuses: FakeStatus[] = [];
  readonly #files = new Map<string, ReadonlyMap<string, string>>();
  readonly #parents = new Map<string, readonly string[]>();

  constructor(fullName: string, id: number) {
    this.fullName = fullName;
    this.id = id;
  }

  /** Adds a commit; @returns its id. */
  commit(sha: string, ...parents: readonly string[]): string {
    this.#parents.set(sha, parents);
    return sha;
  }

  /** Adds a commit of a random id to a branch, with files changed (undefined: removed); @returns its id. */
  grow(branch: string, files: Readonly<Record<string, string | undefined>> = {}, ...others: readonly string[]): string {
    const tip = this.branches.get(branch);
    const sha = randomBytes(20).toString('hex');
    this.commit(sha, ...(tip === undefined ? [] : [tip]), ...others);
    const all = new Map(tip === undefined ? [] : this.filesAt(tip));
    for (const [path, text] of Object.entries(files)) {
      if (text === undefined) all.delete(path);
      else all.set(path, text);
    }
    this.#files.set(sha, all);
    this.branches.set(branch, sha);
    return sha;
  }

  /** What lies there: what the commit itself or the nearest first parent said. */
  filesAt(sha: string): ReadonlyMap<string, string> {
    for (let at: string | undefined = sha; at !== undefined; at = this.#parents.get(at)?.[0]) {
      const files = this.#files.get(at);
      if (files !== undefined) return files;
    }
    return new Map();
  }

  /** Everything that was told to GitHub is gone, as if somebody had deleted it. */
  forget(): void {
    for (const told of [this.comments, this.deployments, this.checkRuns, this.statuses]) told.length = 0;
    for (const pull of this.pulls.values()) pull.labels.clear();
  }

  /** A pull request by its number; throws where there is none. */
  pull(number: number): FakePullRequest {
    const found = this.pulls.get(number);
    if (found === undefined) throw new Error(`${this.fullName} has no pull request ${number}`);
    return found;
  }

  has(sha: string): boolean {
    return this.#parents.has(sha);
  }

  /** As git resolves a name: a tag before a branch, which is why a branch is never asked for by its bare name. */
  resolve(name: string): string | undefined {
    if (this.has(name)) return name;
    const [, owner, branch] = /^([^:]+):(.+)$/.exec(name) ?? [];
    if (owner !== undefined && branch !== undefined) return this.branches.get(branch);
    return this.tags.get(name) ?? this.branches.get(name);
  }

  /** As GitHub compares: from `base` to `head`; undefined without a common ancestor. */
  compare(base: string, head: string): { status: string; ahead: number; behind: number } | undefined {
    const ofBase = this.#ancestry(base);
    const ofHead = this.#ancestry(head);
    const ahead = [...ofHead].filter((sha) => !ofBase.has(sha)).length;
    const behind = [...ofBase].filter((sha) => !ofHead.has(sha)).length;
    if (ahead === ofHead.size) return undefined;
    const status = ahead === 0 ? (behind === 0 ? 'identical' : 'behind') : behind === 0 ? 'ahead' : 'diverged';
    return { status, ahead, behind };
  }

  isAncestor(sha: string, of: string): boolean {
    return this.#ancestry(of).has(sha);
  }

  #ancestry(sha: string): Set<string> {
    const found = new Set<string>();
    const open = [sha];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      open.push(...(this.#parents.get(next) ?? []));
    }
    return found;
  }
}
