import { AppError, type ErrorKind } from '@release-manager/domain';

/** What an answer of GitHub says, free of everything else that an Octokit error carries (headers, credentials, request). */
export interface GithubFailure {
  /** Absent: there was no answer. */
  readonly status: number | undefined;
  /** GitHub's own words, one line; empty where it said none. */
  readonly says: string;
  /** Seconds until GitHub wants to hear from us again; only where it refuses for the number of requests. */
  readonly retryAfterSeconds: number | undefined;
}

/** GitHub asks for at least a minute where it names no time. */
const pauseSeconds = 60;

export function failureOf(error: unknown, now: Date): GithubFailure {
  const response = responseOf(error);
  if (response === undefined) return { status: undefined, says: '', retryAfterSeconds: undefined };
  const says = wordsOf(response.data);
  const retryAfterSeconds = isLimit(response, says) ? pauseOf(response.headers, now) : undefined;
  return { status: response.status, says, retryAfterSeconds };
}

/**
 * The error of a request, in words. Octokit's own error is not attached as a cause: it holds the request with its
 * credentials, and a logger writes causes out.
 * @param what for people: `asking for the branch main of shop/web`
 */
export function translateGithubError(error: unknown, what: string, now: Date): AppError {
  if (error instanceof AppError) return error;
  const failure = failureOf(error, now);
  const { status, says, retryAfterSeconds } = failure;
  const details = status === undefined ? {} : { status };
  const quoted = says === '' ? '' : ` (“${says}”)`;
  if (retryAfterSeconds !== undefined) {
    return new AppError('limited', 'github.rate-limited', `GitHub takes no more requests for now: ${what}${quoted}.`, {
      next: `It is tried again in ${retryAfterSeconds} s. If it happens often, give the manager a GitHub App, which has limits of its own.`,
      details: { ...details, retryAfterSeconds },
    });
  }
  const { code, message, next } = explain(status);
  return new AppError('unavailable', code, `${message}: ${what}${quoted}.`, { next, details });
}

function explain(status: number | undefined): { code: string; message: string; next: string } {
  if (status === 401) {
    const next =
      'Check GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY; for an App also the clock of the manager.';
    return { code: 'github.refused', message: 'GitHub refuses our credentials', next };
  }
  if (status === 403) {
    const next =
      'Give the token or the App read access to the contents of the repository; with single sign-on, authorize it.';
    return { code: 'github.forbidden', message: 'GitHub forbids it', next };
  }
  const next = 'It is tried again. If it stays so, see githubstatus.com, GITHUB_API_URL and the network.';
  if (status === undefined) return { code: 'github.unavailable', message: 'GitHub cannot be reached', next };
  return { code: 'github.unavailable', message: `GitHub answered ${status}`, next };
}

/**
 * The error of a request that would be refused in the same way again; undefined for everything that passes. 404 is also what
 * GitHub says of what it does not show.
 */
export function explainRefusal(
  error: unknown,
  { what, permission, now }: { readonly what: string; readonly permission: string; readonly now: Date },
): AppError | undefined {
  const { status, says, retryAfterSeconds } = failureOf(error, now);
  if (status === undefined || retryAfterSeconds !== undefined) return undefined;
  const quoted = says === '' ? '' : ` (“${says}”)`;
  const grant = `Give the GitHub App or the token the permission “${permission}” on that repository`;
  const make = (kind: ErrorKind, code: string, message: string, next: string): AppError =>
    new AppError(kind, code, `${message}: ${what}${quoted}.`, { next, details: { status } });
  switch (status) {
    case 403:
      return make('forbidden', 'github.forbidden', 'GitHub forbids it', `${grant}; with single sign-on, authorize it.`);
    case 404:
    case 410:
    case 451:
      return make('not-found', 'github.not-found', 'GitHub does not have it, or does not show it', `${grant}.`);
    case 409:
      return make(
        'conflict',
        'github.conflict',
        'GitHub says that something stands against it',
        'See what GitHub says.',
      );
    case 400:
    case 422:
      return make('invalid', 'github.invalid', 'GitHub does not take it', 'See what GitHub says.');
    default:
      return undefined;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data: unknown;
}

/** Octokit makes an error of status 500 of a request that was never answered: only one with a response was. */
function responseOf(error: unknown): Answer | undefined {
  if (!(error instanceof Error) || !('response' in error)) return undefined;
  const { response } = error;
  if (typeof response !== 'object' || response === null || !('status' in response)) return undefined;
  const { status } = response;
  if (typeof status !== 'number') return undefined;
  const headers = 'headers' in response && isRecord(response.headers) ? response.headers : {};
  return { status, headers, data: 'data' in response ? response.data : undefined };
}

function wordsOf(data: unknown): string {
  if (!isRecord(data) || typeof data['message'] !== 'string') return '';
  return data['message']
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 200);
}

function isLimit({ status, headers }: Answer, says: string): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined || /rate limit/i.test(says);
}

function pauseOf(headers: Readonly<Record<string, unknown>>, now: Date): number {
  const after = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(after)) return atLeastOne(after);
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] !== '0' || !Number.isFinite(reset)) return pauseSeconds;
  return atLeastOne(reset - now.getTime() / 1000 + 1);
}

/** A clock that goes wrong makes no pause of a year. */
function atLeastOne(seconds: number): number {
  return Math.min(Math.max(Math.ceil(seconds), 1), 3700);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
