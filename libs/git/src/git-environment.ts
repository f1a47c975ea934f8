import { noCredentials, type Credentials, type GitSetting } from './credentials.ts';
import { sshCommand } from './ssh-command.ts';

/**
 * What native git may see of our own environment: where programs are and how the network is reached (proxy, extra
 * certificates). Everything else stays outside, above all variables that would change git itself.
 */
const inherited = [
  'PATH',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'ALL_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'all_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
] as const;

/** Settings that hold for every call, whatever the machine's or a repository's own configuration says. */
const always: readonly GitSetting[] = [
  ['core.askPass', ''],
  ['core.fsmonitor', 'false'],
  ['credential.helper', ''],
  // The folder may be a mounted volume that belongs to another user.
  ['safe.directory', '*'],
];

/** Settings for a mirror: it keeps nothing that could not be fetched again, and talks to a remote. */
const mirrored: readonly GitSetting[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsync', 'none'],
  // git sends an extra header along when it follows a redirect, also to another host.
  ['http.followRedirects', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['submodule.recurse', 'false'],
  ['push.recurseSubmodules', 'no'],
];

export interface GitEnvironmentOptions {
  /** A folder without git configuration; git looks for nothing else in it. */
  readonly home: string;
  readonly settings?: readonly GitSetting[];
  /** Which key ssh shows, and which hosts it believes; without one it reaches no host. */
  readonly credentials?: Credentials;
  readonly allowFile?: boolean;
  /** For a repository that we serve to others: its hooks run, it is synced to disk, and git keeps it tidy. */
  readonly served?: boolean;
}

/** The whole environment of one git process: nothing of the machine's git configuration, no prompt, no hook, no pager. */
export function gitEnvironment(options: GitEnvironmentOptions): Record<string, string> {
  const environment: Record<string, string> = {
    HOME: options.home,
    XDG_CONFIG_HOME: options.home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: '/dev/null',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    // Known to git 2.45 and later; older ones do not fetch on demand either, because the clone's own file names no promisor.
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: options.allowFile === true ? 'http:https:ssh:file' : 'http:https:ssh',
    GIT_SSH_COMMAND: sshCommand(options.credentials ?? noCredentials),
    GIT_SSH_VARIANT: 'ssh',
    SSH_ASKPASS: '',
  };
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  const settings = [...always, ...(options.served === true ? [] : mirrored), ...(options.settings ?? [])];
  environment['GIT_CONFIG_COUNT'] = String(settings.length);
  for (const [index, [key, value]] of settings.entries()) {
    environment[`GIT_CONFIG_KEY_${index}`] = key;
    environment[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return environment;
}
