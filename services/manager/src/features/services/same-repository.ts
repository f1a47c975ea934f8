/**
 * Whether two addresses name one repository: CI clones by https what a person clones by ssh. Scheme, user, port, a final
 * `.git` or `/` and the case of the host do not count; the path does, exactly.
 */
export function isSameRepository(a: string, b: string): boolean {
  return placeOf(a) === placeOf(b);
}

function placeOf(address: string): string {
  const [, host, path] =
    /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/:]+)(?::\d+)?\/(.*)$/i.exec(address) ??
    /^(?:[^/@:]*@)?([^/:@]+):(?!\/\/)(.*)$/.exec(address) ??
    [];
  if (host === undefined || path === undefined) return withoutEnding(address);
  return `${host.toLowerCase()}/${withoutEnding(path.replace(/^\/+/, ''))}`;
}

function withoutEnding(path: string): string {
  return path.replace(/\/+$/, '').replace(/\.git$/, '');
}
