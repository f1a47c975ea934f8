/** A repository of one GitHub, as its API names it. */
export interface GithubRepository {
  readonly owner: string;
  readonly repo: string;
}

/** The address of a repository, taken apart. */
export interface RepositoryAddress {
  /** Lower-case, without user and port; absent for `owner/name` alone. */
  readonly host: string | undefined;
  readonly path: string;
}

/** Only what GitHub itself lets be a name: anything else could leave its place in the path of a request. */
const name = /^(?!\.{1,2}$)[\w.-]{1,100}$/;

/** The host in whose addresses repositories of the API at `baseUrl` are named. */
export function webHostOf(baseUrl: string): string {
  const { hostname } = new URL(baseUrl);
  // api.github.com, and api.<company>.ghe.com; a server of one's own has its API below /api/v3 of the same host.
  return hostname.toLowerCase().replace(/^api\.(?=github\.com$|.+\.ghe\.com$)/, '');
}

export function parseAddress(address: string): RepositoryAddress {
  const [, host, path] =
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?\/(.*)$/i.exec(address) ??
    /^(?:[^/@:]*@)?([^/:@]+):(?!\/\/)(.*)$/.exec(address) ??
    [];
  if (host === undefined || path === undefined) return { host: undefined, path: withoutEnding(address) };
  // ssh.github.com and www.github.com are github.com by other doors.
  return { host: host.toLowerCase().replace(/^(?:ssh|www)\.(?=github\.com$)/, ''), path: withoutEnding(path) };
}

/** Undefined when the path can be no repository of GitHub. */
export function repositoryOf({ path }: RepositoryAddress): GithubRepository | undefined {
  const [owner, repo, ...more] = path.split('/');
  if (owner === undefined || repo === undefined || more.length > 0) return undefined;
  return name.test(owner) && name.test(repo) ? { owner, repo } : undefined;
}

function withoutEnding(path: string): string {
  return path
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
}
