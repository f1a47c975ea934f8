/** How we show the remote who we are. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly username: string; readonly token: string }
  /** Made by `openSshIdentity`: the key of the remote, and the only hosts that are believed. */
  | { readonly kind: 'ssh-key'; readonly keyFile: string; readonly knownHostsFile: string };

export const noCredentials: Credentials = { kind: 'none' };

/** One `-c key=value` of git that travels in the environment instead of the argument list. */
export type GitSetting = readonly [key: string, value: string];

/**
 * The settings that carry the credentials. They are bound to the origin of the url, so that git sends them nowhere else,
 * and they go through the environment because every user of the machine can read an argument list.
 */
export function credentialSettings(credentials: Credentials, url: string): readonly GitSetting[] {
  switch (credentials.kind) {
    case 'none':
    // Goes through the command that starts ssh.
    case 'ssh-key':
      return [];
    case 'token':
      return /^https?:/i.test(url)
        ? [[`http.${new URL(url).origin}/.extraHeader`, `Authorization: Basic ${basic(credentials)}`]]
        : [];
  }
}

/**
 * A function that takes the credentials out of a text, in every form in which they travel. Whatever git, curl or a remote
 * says passes through it before it becomes a message.
 */
export function credentialMask(credentials: Credentials): (text: string) => string {
  const secrets =
    credentials.kind === 'token'
      ? [basic(credentials), credentials.token, encodeURIComponent(credentials.token)].filter((text) => text !== '')
      : [];
  return (text) => {
    const masked = secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), text);
    return masked.replaceAll(/\/\/[^/@\s]+@/g, '//***@').replaceAll(/(authorization:\s*\w+\s+)\S+/gi, '$1***');
  };
}

function basic(credentials: { readonly username: string; readonly token: string }): string {
  return Buffer.from(`${credentials.username}:${credentials.token}`, 'utf8').toString('base64');
}
