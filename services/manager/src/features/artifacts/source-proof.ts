/**
 * What is known of whether the commit of an artifact is on the branch that it claims. `unasked`: registered before anybody could
 * be asked; `waiting`: asked, and not answered for good. An artifact without any of it belongs to an installation that asks nobody.
 */
export interface SourceProof {
  readonly state: 'unasked' | 'waiting' | 'proven' | 'refuted';
  /** In words, as it follows `<artifact>: `. */
  readonly says: string;
  /** When it was said. */
  readonly at: string;
  /** `github`, or the list `trustIncoming` for a repository that GitHub does not have. */
  readonly by?: 'github' | 'trustIncoming' | undefined;
  /** Stable word for programs: `identical`, `behind`, `ahead`, `diverged`, `no-commit`, `no-branch`, `no-repository`, … */
  readonly answer?: string | undefined;
  /** The repository that was asked about. */
  readonly repository?: string | undefined;
  /** Where the branch was then. */
  readonly tip?: string | undefined;
  /** The way out, where there is something to do. */
  readonly next?: string | undefined;
}

/** Of an artifact that was there before anybody could be asked. Somebody who releases it has it asked. */
export function unaskedProof(at: Date): SourceProof {
  return { state: 'unasked', says: 'GitHub was never asked whether its commit is on its branch', at: at.toISOString() };
}

export function askedProof(at: Date): SourceProof {
  return {
    state: 'waiting',
    says: 'GitHub is being asked whether its commit is on its branch',
    at: at.toISOString(),
    next: 'nothing: it takes seconds, and what waits for it goes out by itself; a person tries again then',
  };
}
