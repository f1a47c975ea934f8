import type { Credentials } from './credentials.ts';

/**
 * What holds for every connection: nothing of a person's or the machine's configuration, no agent, no question, no host that
 * was not pinned, and an end for a host that is silent.
 */
const fixed = [
  '-F /dev/null',
  '-oBatchMode=yes',
  '-oStrictHostKeyChecking=yes',
  '-oGlobalKnownHostsFile=/dev/null',
  '-oUpdateHostKeys=no',
  '-oVerifyHostKeyDNS=no',
  '-oIdentitiesOnly=yes',
  '-oIdentityAgent=none',
  '-oPreferredAuthentications=publickey',
  '-oForwardAgent=no',
  '-oForwardX11=no',
  '-oClearAllForwardings=yes',
  '-oPermitLocalCommand=no',
  '-oControlMaster=no',
  '-oControlPath=none',
  '-oConnectTimeout=15',
  '-oServerAliveInterval=15',
  '-oServerAliveCountMax=2',
  '-oLogLevel=ERROR',
] as const;

/** The command that git reaches an ssh remote with. Git gives it to a shell, and only paths of ours are in it. */
export function sshCommand(credentials: Credentials): string {
  const files =
    credentials.kind === 'ssh-key'
      ? [option('IdentityFile', credentials.keyFile), option('UserKnownHostsFile', credentials.knownHostsFile)]
      : ['-oIdentityFile=none', '-oUserKnownHostsFile=/dev/null'];
  return ['ssh', ...fixed, ...files].join(' ');
}

/** In quotes for ssh, which splits at spaces and expands `%`, and in quotes for the shell. */
function option(name: string, path: string): string {
  const value = `-o${name}="${path.replaceAll('%', '%%')}"`;
  return `'${value.replaceAll("'", "'\\''")}'`;
}
