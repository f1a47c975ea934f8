/** Where a line of a file of the config repo can be read, where that is known. */
export type ConfigFileLink = (file: string, line: number) => string | undefined;

/**
 * Addresses of lines in the browser, as GitHub and GitLab have them; none for a repository that is served in another way.
 * @param url of the remote, in any form that git takes
 */
export function configFileLinks(url: string | undefined, branch: string): ConfigFileLink {
  const web = url === undefined ? undefined : webAddress(url);
  if (web === undefined) return () => undefined;
  const folder = `${web}/blob/${branch.split('/').map(encodeURIComponent).join('/')}`;
  return (file, line) => `${folder}/${file.split('/').map(encoded).join('/')}#L${line}`;
}

/** https of the same host and path; a port of ssh says nothing of the web. Credentials are left behind. */
function webAddress(url: string): string | undefined {
  const [, scheme = '', host, port = '', path] =
    /^([a-z]+):\/\/(?:[^/@]*@)?([^/:]+)(:\d+)?\/(.+)$/i.exec(url) ??
    // `git@host:path` has no scheme; the empty groups keep the places.
    /^()(?:[^/@:]*@)([^/:@]+)()?:(?!\/\/)(.+)$/.exec(url) ??
    [];
  if (host === undefined || path === undefined || !['https', 'ssh', ''].includes(scheme.toLowerCase()))
    return undefined;
  const shown = host.toLowerCase().replace(/^ssh\.(?=github\.com$)/, '');
  const segments = path
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '')
    .split('/');
  return `https://${shown}${scheme.toLowerCase() === 'https' ? port : ''}/${segments.map(encoded).join('/')}`;
}

/** Brackets would end the link in Markdown. */
function encoded(segment: string): string {
  return encodeURIComponent(segment).replaceAll(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}
