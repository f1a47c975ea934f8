import { AppError, isPermanent, messageOf } from '@release-manager/domain';
import type { JobResult } from 'pg-boss';

/** What is kept of an error with its job: words and code, never the stack or the cause, which may hold foreign data. */
export interface JobError {
  readonly message: string;
  readonly code?: string;
  readonly next?: string;
}

function describeError(error: unknown): JobError {
  if (!(error instanceof AppError)) return { message: messageOf(error) };
  return { message: error.message, code: error.code, ...(error.next === undefined ? {} : { next: error.next }) };
}

/** A permanent error ends the job at once, everything else is tried again until the attempts are used up. */
export function outcomeOf(id: string, error: unknown): JobResult<JobError> {
  return { id, status: isPermanent(error) ? 'deadletter' : 'failed', output: describeError(error) };
}
