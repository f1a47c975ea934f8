import { AppError, type ErrorKind, type ReleaseState } from '@release-manager/domain';

import { UsageError } from './usage-error.ts';

/** The one list of what the process can end with; the reference page is made from it. */
export const exitCodes = {
  done: { code: 0, meaning: 'done; a followed release is healthy, or as far as anything reports on it' },
  error: { code: 1, meaning: 'an error, or something of an artifact was rejected' },
  usage: { code: 2, meaning: 'the command line is wrong' },
  failed: { code: 3, meaning: 'the release failed in the cluster' },
  authentication: { code: 4, meaning: 'no token, or one that does not count' },
  denied: { code: 5, meaning: 'denied by policy, freeze, quarantine or rights' },
  conflict: { code: 6, meaning: 'a conflict, or the release was superseded or cancelled' },
  notFound: { code: 7, meaning: 'not found' },
  timeout: { code: 8, meaning: 'the wait timed out: the release goes on, or no daemon answered with its logs' },
  interrupted: { code: 130, meaning: 'interrupted by Ctrl-C; the release goes on' },
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]['code'];

const byKind: Readonly<Record<ErrorKind, ExitCode>> = {
  invalid: 1,
  unauthenticated: 4,
  forbidden: 5,
  'not-found': 7,
  conflict: 6,
  denied: 5,
  limited: 1,
  unavailable: 1,
  bug: 1,
};

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return exitCodes.usage.code;
  return error instanceof AppError ? byKind[error.kind] : exitCodes.error.code;
}

/** What the end of a release means for the process that followed it. */
export function exitCodeOfRelease(state: ReleaseState): ExitCode {
  switch (state) {
    case 'failed':
      return exitCodes.failed.code;
    case 'denied':
      return exitCodes.denied.code;
    case 'superseded':
    case 'cancelled':
      return exitCodes.conflict.code;
    case 'requested':
    case 'waiting':
    case 'queued':
    case 'committed':
    case 'applied':
    case 'rolling-out':
    case 'healthy':
      return exitCodes.done.code;
  }
}

/** From worst to best: what a cluster runs badly outweighs what never went out, which outweighs what is not known yet. */
const worstFirst: readonly ExitCode[] = [130, 3, 1, 4, 5, 7, 6, 8, 2, 0];

export function worstExitCode(codes: readonly ExitCode[]): ExitCode {
  return worstFirst.find((code) => codes.includes(code)) ?? exitCodes.done.code;
}
