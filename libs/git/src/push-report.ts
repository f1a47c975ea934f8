/** What `git push --porcelain` said of the one ref that was pushed. */
export type PushReport =
  | { readonly kind: 'landed' }
  /** The remote's branch was another than expected, or became another in the same moment. */
  | { readonly kind: 'raced' }
  /** A hook, a protected branch or a rule of the remote said no. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The connection was never made: nothing can have happened. */
  | { readonly kind: 'not-sent' }
  /** The remote could not store it, and says so. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'unknown' };

/** Reasons that mean a race: git itself, and what GitHub, GitLab and Gitea say when two pushes meet. */
const races =
  /stale info|non-fast-forward|fetch first|needs force|cannot lock ref|failed to lock|failed to update ref|incorrect old value|reference already exists|but expected|remote ref updated since checkout/i;
const brokenRemote =
  /unpacker error|failed to write|missing necessary objects|internal server error|shallow update not allowed/i;
/** Said while asking what the remote has, before anything of ours went out. */
const notSent =
  /unable to access|could not resolve|could not read (?:username|password)|authentication failed|connection refused|repository .*not found|does not appear to be a git repository|host key verification failed|permission denied \(|marked as read only|could not resolve hostname|connect to host/i;

export interface PushOutput {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/**
 * Reads the porcelain lines, `<flag>\t<from>:<to>\t<summary> (<reason>)`. Whatever is not clearly a yes or a no is
 * `unknown`: claiming that a push failed which landed would commit a release twice.
 */
export function readPushReport(output: PushOutput, ref: string): PushReport {
  const line = output.stdout.split('\n').find((text) => /^[ +\-*!=]\t/.test(text) && text.includes(`:${ref}\t`));
  if (line === undefined) return wasNotSent(output) ? { kind: 'not-sent' } : { kind: 'unknown' };
  if (!line.startsWith('!')) return output.code === 0 ? { kind: 'landed' } : { kind: 'unknown' };
  return readRefusal(line.slice(line.lastIndexOf('\t') + 1));
}

function wasNotSent(output: PushOutput): boolean {
  return !output.timedOut && notSent.test(output.stderr) && !/rpc failed/i.test(output.stderr);
}

function readRefusal(summary: string): PushReport {
  if (summary.startsWith('[remote failure]')) return { kind: 'unknown' };
  if (races.test(summary)) return { kind: 'raced' };
  const reason = /\((.*)\)\s*$/.exec(summary)?.[1] ?? summary;
  if (brokenRemote.test(summary)) return { kind: 'failed', reason };
  return summary.startsWith('[remote rejected]') ? { kind: 'refused', reason } : { kind: 'unknown' };
}

/** The lines that the remote's hooks printed, which say why better than the reason does. */
export function remoteWords(stderr: string): string {
  return stderr
    .split(/[\r\n]+/)
    .filter((line) => line.startsWith('remote:'))
    .map((line) =>
      line
        .slice('remote:'.length)
        .replaceAll(/\p{Cc}/gu, ' ')
        .trim(),
    )
    .filter((line) => line !== '')
    .join(' ')
    .slice(0, 1000);
}
