import { AppError } from '@release-manager/domain';

import type { GitResult } from './git-process.ts';

interface Failure {
  readonly pattern: RegExp;
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** What git, curl and ssh say, in the order in which it is looked for. LC_ALL=C keeps these words stable. */
const failures: readonly Failure[] = [
  {
    pattern: /host key verification failed|remote host identification has changed|host key is known for/i,
    code: 'git.host-key',
    message: 'The git remote showed a host key that is not among the known ones, so nothing was sent to it',
    next: 'Somebody may be in between. If the host has a new key, compare its fingerprint with the published one and put it into the known hosts.',
  },
  {
    pattern:
      /authentication failed|could not read (?:username|password)|returned error: 40[13]|http 40[13]|permission denied|permission to .* denied|marked as read only|too many authentication failures/i,
    code: 'git.credentials-refused',
    message: 'The git remote refused the credentials',
    next: 'Check that the token or key is valid, has not expired, and may read and write this repository.',
  },
  {
    pattern: /returned error: 404|repository (?:'.*' )?not found|does not appear to be a git repository/i,
    code: 'git.repository-not-found',
    message: 'The git remote knows no such repository, or does not show it to these credentials',
    next: 'Check the url of the repository and that the credentials may see it.',
  },
  {
    pattern: /certificate verification failed|certificate problem|certificate has expired|ssl certificate/i,
    code: 'git.certificate',
    message: 'The git remote showed a certificate that is not believed, so nothing was sent to it',
    next: 'If an authority of your own signed it, give its certificate as a PEM file in GIT_SSL_CAINFO.',
  },
  {
    pattern: /not our ref|unadvertised object/i,
    code: 'git.object-missing',
    message: 'The git remote does not have, or does not give out, an object of the repository',
    next: 'It may belong to history that was rewritten; the call is tried again on the new tip.',
  },
  {
    pattern: /couldn't find remote ref/i,
    code: 'git.branch-missing',
    message: 'The git remote has no such branch',
    next: 'Check the name of the branch, or make the first commit on it.',
  },
  {
    pattern: /returned error: 30\d|unable to update url base from redirection/i,
    code: 'git.redirected',
    message: 'The git remote sent us to another address, which is not followed because it would get the credentials',
    next: 'Set the url of the repository to its new address.',
  },
  {
    pattern: /no space left on device|disk quota exceeded/i,
    code: 'git.disk-full',
    message: 'The disk is full',
    next: 'Make room where the mirror of the repository lies; the mirror itself may be deleted.',
  },
  {
    pattern:
      /unable to access|could not resolve|connection (?:refused|reset|timed out)|failed to connect|hung up|unexpected disconnect|early eof|rpc failed|network is unreachable|could not read from remote|bad line length|unable to rewind|ssl|gnutls/i,
    code: 'git.unreachable',
    message: 'The git remote could not be reached',
    next: 'Check the network between here and the remote; the call is tried again.',
  },
];

/**
 * The error for a git call that failed. Every failure of the remote is `unavailable`, wrong credentials too: they are the
 * installation's, not those of whoever waits for this call, and work goes on once they are mended.
 */
export function gitFailure(action: string, result: GitResult, mask: (text: string) => string): AppError {
  const said = firstWords(mask(result.stderr));
  const details = { action, ...(said === '' ? {} : { said }) };
  if (result.stopped) {
    return new AppError('unavailable', 'git.stopped', `git ${action} was ended, because the process stops.`, {
      details,
    });
  }
  if (result.timedOut) {
    return new AppError('unavailable', 'git.timeout', `git ${action} took too long and was stopped.`, {
      next: 'Check whether the remote is slow or hangs; the call is tried again.',
      details,
    });
  }
  const failure = failures.find((candidate) => candidate.pattern.test(result.stderr));
  const suffix = said === '' ? '.' : `: ${said}`;
  if (failure === undefined) {
    const how = result.code === undefined ? 'was killed' : `ended with code ${result.code}`;
    return new AppError('unavailable', 'git.failed', `git ${action} ${how}${suffix}`, { details });
  }
  return new AppError('unavailable', failure.code, `${failure.message} (${action})${suffix}`, {
    next: failure.next,
    details,
  });
}

const damage =
  /not a git repository|bad object|object .* (?:is )?corrupt|corrupt|packfile .* (?:does not match|cannot be)|unable to (?:read|find) (?:\w+ )?\(?[0-9a-f]{40}|could not (?:read|fetch) [0-9a-f]{40}|invalid (?:object|index|sha1 pointer)|missing (?:blob|tree|commit)|did not send all necessary objects|bad (?:config|pack header|shallow)|error processing shallow|unknown repository extension/i;

/** True when the clone itself seems broken, rather than the remote or the network. */
export function looksDamaged(result: GitResult): boolean {
  // What the remote says of itself is no news of this clone.
  const own = result.stderr.replaceAll(/^remote:.*$/gm, '');
  return result.code !== 0 && !result.timedOut && damage.test(own);
}

/** True when a lock that a killed process left behind stopped git. */
export function looksLocked(result: GitResult): boolean {
  return result.code !== 0 && /\.lock': File exists|cannot lock ref .*File exists/i.test(result.stderr);
}

/** One line of at most 500 characters without control characters, the lines that only repeat progress left out. */
export function firstWords(text: string): string {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.replaceAll(/[^\P{Cc}\t]/gu, '').trim())
    .filter((line) => line !== '' && !/^(?:remote: )?(?:counting|compressing|enumerating|writing|total)\b/i.test(line))
    .join('; ')
    .slice(0, 500);
}
