import { AppError, messageOf } from '@release-manager/domain';

import type { Output } from './output.ts';
import { styled } from './piece.ts';

/**
 * What happened and why, then what to do. No stack for what we threw on purpose; anything else is our bug and keeps its own.
 * @param debug also the chain of causes
 */
export function describeError(output: Output, error: unknown, debug: boolean): void {
  output.say(styled('red', 'error: '), messageOf(error));
  if (error instanceof AppError) {
    if (error.next !== undefined) output.say('  ', error.next);
    const { incident } = error.details;
    if (typeof incident === 'string') output.say('  incident ', incident, ' in the log of the manager');
    if (debug) output.say('  code ', error.code);
  } else {
    output.say('  this is a bug of release-cli; please report it with what `--debug` shows');
    if (debug && error instanceof Error) for (const line of (error.stack ?? '').split('\n').slice(1)) output.say(line);
  }
  if (debug) sayCauses(output, error);
}

function sayCauses(output: Output, error: unknown): void {
  let cause = error instanceof Error ? error.cause : undefined;
  for (let depth = 0; cause !== undefined && depth < 8; depth += 1) {
    output.say('  because: ', messageOf(cause));
    cause = cause instanceof Error ? cause.cause : undefined;
  }
}

/** The same for programs that asked for JSON: one object on stderr. */
export function errorAsData(error: unknown): Record<string, unknown> {
  if (!(error instanceof AppError)) return { error: { kind: 'bug', code: 'cli.bug', message: messageOf(error) } };
  const { kind, code, message, next, details } = error;
  return { error: { kind, code, message, ...(next === undefined ? {} : { next }), details } };
}
