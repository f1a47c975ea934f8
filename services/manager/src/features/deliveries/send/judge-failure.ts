import { AppError, messageOf, type ErrorKind } from '@release-manager/domain';
import { backoff } from '@release-manager/runtime';

import type { DeliveryFault } from '../delivery-row.ts';

/** A try that did not succeed. */
export interface FailedTry {
  readonly error: unknown;
  /** Tries since the last success, this one included. */
  readonly attempts: number;
  /** Writes that it had asked the budget for. */
  readonly spent: number;
  /** Whether it was in doubt already. */
  readonly inDoubt: boolean;
  /** We ended it ourselves, since the process stops or somebody else sends now. */
  readonly interrupted: boolean;
}

/** What comes of it. */
export type FailureVerdict = { readonly fault: DeliveryFault; readonly inDoubt: boolean } & (
  | { readonly what: 'no-room'; readonly waitMs: number }
  | { readonly what: 'interrupted' }
  | { readonly what: 'told-to-wait'; readonly waitMs: number }
  | { readonly what: 'silent'; readonly waitMs: number }
  | { readonly what: 'failed' }
);

const firstRetryMs = 5_000;
const longestRetryMs = 10 * 60_000;
/** GitHub's advice where a refusal names no time. */
const pauseUnsaidMs = 60_000;
const longestPauseMs = 2 * 3_600_000;
const longestMessage = 500;

/** Pure but for the random part of a pause. */
export function judgeFailure(failure: FailedTry, random: () => number): FailureVerdict {
  const { error, attempts, interrupted } = failure;
  const fault = faultOf(error);
  const judged = { fault, inDoubt: failure.inDoubt || mayHaveWritten(failure) };
  if (isBudget(error)) return { ...judged, what: 'no-room', waitMs: waitOf(error) };
  if (interrupted) return { ...judged, what: 'interrupted' };
  if (isKind(error, 'limited')) return { ...judged, what: 'told-to-wait', waitMs: waitOf(error) };
  if (!isKind(error, 'unavailable')) return { ...judged, what: 'failed' };
  return { ...judged, what: 'silent', waitMs: backoff(attempts, { base: firstRetryMs, cap: longestRetryMs, random }) };
}

/** What was refused was not done: only what came before it may have been. Of what broke nobody knows. */
function mayHaveWritten({ error, spent, interrupted }: FailedTry): boolean {
  const refused = error instanceof AppError && !isKind(error, 'unavailable') && !isKind(error, 'bug');
  return spent > (refused && !isBudget(error) && !interrupted ? 1 : 0);
}

function isBudget(error: unknown): boolean {
  return error instanceof AppError && error.code === 'delivery.budget';
}

function isKind(error: unknown, kind: ErrorKind): boolean {
  return error instanceof AppError && error.kind === kind;
}

function faultOf(error: unknown): DeliveryFault {
  // Neither half a character nor a NUL: what the database does not take would be tried for ever.
  const message = messageOf(error).slice(0, longestMessage).toWellFormed().replaceAll('\0', ' ');
  if (!(error instanceof AppError)) return { code: 'delivery.bug', message };
  return { code: error.code, message, ...(error.next === undefined ? {} : { next: error.next }) };
}

/** What the end asked for. */
function waitOf(error: unknown): number {
  const said = error instanceof AppError ? error.details['retryAfterSeconds'] : undefined;
  const seconds = typeof said === 'number' && Number.isFinite(said) && said >= 0 ? said : pauseUnsaidMs / 1000;
  return Math.min(longestPauseMs, Math.max(1000, seconds * 1000));
}
