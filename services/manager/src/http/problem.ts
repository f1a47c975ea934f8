import type { Problem } from '@release-manager/contract';
import { AppError, newId, type ErrorKind } from '@release-manager/domain';
import type { Redactor } from '@release-manager/runtime';

/** The one map from an error's kind to HTTP. */
const statusOf: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  denied: 422,
  limited: 429,
  unavailable: 503,
  bug: 500,
};

/** What only HTTP can get wrong has a status of its own. */
const statusOfCode: Readonly<Record<string, number>> = {
  'http.method': 405,
  'http.slow-body': 408,
  'http.too-large': 413,
  'http.media-type': 415,
};

const titles: Readonly<Record<ErrorKind, string>> = {
  invalid: 'The request is not valid',
  unauthenticated: 'Who asks is not known',
  forbidden: 'Not allowed',
  'not-found': 'Not found',
  conflict: 'Conflict',
  denied: 'Denied by a rule',
  limited: 'Too much at once',
  unavailable: 'Not available now',
  bug: 'An error in the manager',
};

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
}

const retryAfterSeconds = 5;

/**
 * What the caller hears of an error. A defect of ours says nothing but its incident id, which is also in the log; the rest
 * passes the redactor, because messages quote what was sent.
 */
export function toProblem(error: unknown, redactor: Redactor): ProblemAnswer {
  const known = toAppError(error);
  const status = statusOfCode[known.code] ?? statusOf[known.kind];
  const shown = known.kind === 'bug' ? hidden : known;
  const body = redactor.redact({
    type: `urn:release-manager:problem:${known.kind === 'bug' ? hidden.code : known.code}`,
    title: titles[known.kind],
    status,
    detail: shown.message,
    code: shown.code,
    kind: known.kind,
    ...(shown.next === undefined ? {} : { next: shown.next }),
    ...(Object.keys(shown.details).length === 0 ? {} : { details: shown.details }),
  }) as Problem;
  return {
    status,
    headers: headersOf(known, status),
    body: isIncident(known) ? { ...body, incident: newId('inc') } : body,
  };
}

/** The log tells more of it than the answer: a defect, or an outage with a cause. "Not set up yet" is neither. */
function isIncident({ kind, cause }: AppError): boolean {
  return kind === 'bug' || (kind === 'unavailable' && cause !== undefined);
}

const hidden = new AppError('bug', 'internal', 'Something went wrong inside the manager; it is not your request.', {
  next: 'try again; if it happens again, give the incident id to whoever runs the manager',
});

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  // The router could not decode a path parameter.
  if (error instanceof URIError) {
    return new AppError('invalid', 'http.path', 'The path holds a broken percent-encoding.');
  }
  return new AppError('bug', 'internal', 'unexpected error', { cause: error });
}

function headersOf(error: AppError, status: number): Record<string, string> {
  const { allow, retryAfterSeconds: wait } = error.details;
  if (status === 405 && typeof allow === 'string') return { allow };
  if (status === 401) {
    const reason = error.code === 'access.no-token' ? '' : ', error="invalid_token"';
    return { 'www-authenticate': `Bearer realm="release-manager"${reason}` };
  }
  if (status === 503 || status === 429)
    return { 'retry-after': String(typeof wait === 'number' ? Math.ceil(wait) : retryAfterSeconds) };
  return {};
}
