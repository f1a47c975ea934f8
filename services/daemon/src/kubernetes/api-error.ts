import { AppError, type ErrorKind } from '@release-manager/domain';

import { cut, isFields, textAt } from '../objects/index.ts';

const kinds: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  422: 'invalid',
  429: 'limited',
};

/** An answer of the API server that is no success: its own words, status and, where it said so, when to come back. */
export class ApiError extends AppError {
  readonly status: number;
  /** Milliseconds to wait, from `Retry-After`. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(kinds[status] ?? 'unavailable', `kubernetes.${status}`, message);
    this.name = 'ApiError';
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** From a `Status` object, or from whatever a proxy in between wrote. */
export function apiError(status: number, body: unknown, retryAfter?: number): ApiError {
  const said = isFields(body) ? textAt(body, 'message') : undefined;
  const text = said ?? (typeof body === 'string' && body !== '' ? body : `status ${status}`);
  return new ApiError(status, cut(text, 2_000), retryAfter);
}

export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.status : undefined;
}
