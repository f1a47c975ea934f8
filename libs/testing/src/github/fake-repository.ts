/** A repository of the fake: a graph of commits, and names that point into it. */
export class FakeRepository {
  readonly fullName: string;
  readonly id: number;
  readonly branches = new Map<string, string>();
  readonly tags = new Map<string, string>();
  /** Whether the App is installed there and the token sees it. */
  visible = true;
  archived = false;
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
