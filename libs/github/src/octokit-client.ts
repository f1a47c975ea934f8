import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';

/** What every client of one GitHub has in common. */
export interface ClientOptions {
  readonly baseUrl: string;
  readonly userAgent: string;
  readonly fetch: typeof fetch;
  /** Milliseconds that one request may take, with its answer. */
  readonly timeoutMs: number;
  /** Milliseconds before a second try after GitHub's own fault; the third waits four times as long. */
  readonly retryUnitMs: number;
}

/** The version of the API that the schemas of the tests describe. */
const apiVersion = '2022-11-28';
/** Further tries of one request; whoever asks has a job behind it that tries for hours. */
const retries = 2;
/** A pause that is worth keeping a request open for, in seconds. */
const shortPause = 2;

const Client = Octokit.plugin(throttling, retry);

/** An Octokit that is patient for seconds: beyond that the caller is told when to come again. */
export function createClient(options: ClientOptions, auth: object): Octokit {
  const { baseUrl, userAgent, timeoutMs, retryUnitMs } = options;
  const isShort = (after: number, _: object, __: unknown, count: number): boolean => after <= shortPause && count === 0;
  const client = new Client({
    ...auth,
    baseUrl,
    userAgent,
    // What it would log holds addresses and headers; errors say what there is to say.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: withLimit(options.fetch, timeoutMs) },
    throttle: { onRateLimit: isShort, onSecondaryRateLimit: isShort, ...unpaced },
    // 429 is answered by the throttling.
    retry: { retries, retryAfterBaseValue: retryUnitMs, doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451] },
  });
  client.hook.before('request', (request) => {
    request.headers['x-github-api-version'] = apiVersion;
  });
  return client;
}

/**
 * Octokit would keep a second between two writes, and three before a comment, for the whole process and unseen. Whoever writes has
 * a budget that knows what is urgent.
 */
const unpaced: object = {
  triggersNotification: () => false,
  write: { key: () => ({ schedule: (_: object, work: () => Promise<void>) => work() }) },
};

/** The limit counts for each try, with the reading of its answer; the caller's own signal counts beside it. */
function withLimit(send: typeof fetch, timeoutMs: number): typeof fetch {
  return (input, init) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const own = init?.signal;
    return send(input, { ...init, signal: own === null || own === undefined ? limit : AbortSignal.any([own, limit]) });
  };
}

function silent(): void {
  // Nothing.
}
