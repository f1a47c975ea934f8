/** What a CI system or git says of the build; every part may be unknown. */
export interface BuildFacts {
  readonly repository?: string | undefined;
  /** The branch whose code was built, of a pull request its own, never the target's. */
  readonly branch?: string | undefined;
  /** The commit that somebody wrote, not the merge commit that a CI system made for a test. */
  readonly sha?: string | undefined;
  readonly message?: string | undefined;
  readonly author?: Person | undefined;
  readonly committer?: Person | undefined;
  /** ISO 8601. */
  readonly committedAt?: string | undefined;
  /** Where the commit can be looked at. */
  readonly url?: string | undefined;
  readonly pullRequest?: number | undefined;
  readonly ci?: CiFacts | undefined;
  /** Where the job can be looked at, when somebody says it themselves. */
  readonly jobUrl?: string | undefined;
  /** The repository that the pull request comes from, when it is another one. */
  readonly fork?: string | undefined;
  /** The tag that is built; a tag is no branch. */
  readonly tag?: string | undefined;
}

export interface Person {
  readonly name: string;
  readonly email: string;
}

export interface CiFacts {
  readonly provider: string;
  readonly workflow?: string | undefined;
  readonly jobUrl?: string | undefined;
  readonly runNumber?: number | undefined;
  readonly runAttempt?: number | undefined;
  readonly startedAt?: string | undefined;
}

/** The first that knows a fact, fact by fact. */
export function mergeFacts(...sources: readonly BuildFacts[]): BuildFacts {
  const merged: Record<string, unknown> = {};
  for (const source of sources) for (const [name, value] of Object.entries(source)) merged[name] ??= value;
  return merged;
}

/** `Ada L. <ada@example.com>`. */
export function parsePerson(text: string | undefined): Person | undefined {
  const match = /^\s*([^<>]*?)\s*<([^<>\s]+)>\s*$/.exec(text ?? '');
  if (match?.[2] === undefined) return undefined;
  const email = match[2];
  return { name: match[1] === undefined || match[1] === '' ? email : match[1], email };
}

/**
 * One spelling for one repository, whichever way it was cloned: `https://host/path`, without credentials and `.git`.
 * What is no remote address stays as it is.
 */
export function repositoryUrl(remote: string | undefined): string | undefined {
  const text = remote?.trim() ?? '';
  if (text === '') return undefined;
  const scp = /^(?:[\w.-]+@)?([\w.-]+):(?!\/\/)\/?(.+)$/.exec(text);
  const address = scp?.[1] !== undefined && scp[2] !== undefined ? `ssh://${scp[1]}/${scp[2]}` : text;
  if (!/^(?:https?|ssh|git|git\+ssh):\/\//.test(address) || !URL.canParse(address)) return text;
  const url = new URL(address);
  const secure = url.protocol === 'http:' ? 'http:' : 'https:';
  const host = secure === url.protocol ? url.host : url.hostname;
  return `${secure}//${host}${url.pathname.replace(/\/+$/, '').replace(/\.git$/, '')}`;
}
