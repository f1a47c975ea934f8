import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { AppError } from '@release-manager/domain';
import type { Metrics } from '@release-manager/runtime';

import { clientAddress } from './client-address.ts';
import type { Authenticate, Principal } from './principal.ts';
import { RateLimiter } from './rate-limiter.ts';
import { RecentSet } from './recent-set.ts';

export interface RequestLimitSettings {
  /** Requests per minute of one token, and without a token of one address; failed log-ins have a tenth of it. */
  readonly perMinute: number;
  /** Proxies of ours in front of the manager; 0 means that `X-Forwarded-For` is not believed. */
  readonly trustedProxies: number;
  /** Event streams that one token may have open at the same time. */
  readonly streams?: number | undefined;
}

export interface RequestLimitDependencies {
  readonly metrics: Metrics;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** How much one caller may ask for. Every refusal is a 429 that says how long to wait. */
export interface RequestLimits {
  /**
   * Who asks, after what they may still ask was counted.
   * @throws AppError limited `http.rate-limit`; unauthenticated as `authenticate`
   */
  identify(request: IncomingMessage, authenticate: Authenticate): Promise<Principal | undefined>;
  /**
   * Counts a request of something that guards itself by the same header.
   * @returns told the status of the answer once it is known
   * @throws AppError limited `http.rate-limit`
   */
  admit(request: IncomingMessage): (status: number) => void;
  /** Counts a request that nobody has to log in for, whatever header it brings. @throws AppError limited `http.rate-limit` */
  admitAnybody(request: IncomingMessage): void;
  /** @returns ends the stream's place. @throws AppError limited `http.too-many-streams` */
  openStream(principal: Principal): () => void;
}

type RateLimit = 'address' | 'failed-login' | 'token';

const streamsOfOne = 200;
/** Tokens that are remembered to be good. Only good ones get in, so nobody fills it who could not log in anyway. */
const mostKnown = 10_000;

/**
 * Limits by token where there is one, and by address where there is none. An address that failed too often is not answered
 * whether its next guess is right, except to tokens that were good before: somebody else's guesses behind the same NAT or
 * proxy lock nobody out who works already.
 */
export function createRequestLimits(settings: RequestLimitSettings, deps: RequestLimitDependencies): RequestLimits {
  const { perMinute, trustedProxies, streams: mostStreams = streamsOfOne } = settings;
  const { now, metrics } = deps;
  const failures = new RateLimiter({ perMinute: Math.max(1, Math.floor(perMinute / 10)), now });
  const addresses = new RateLimiter({ perMinute, now });
  const tokens = new RateLimiter({ perMinute, now });
  const good = new RecentSet(mostKnown);
  const streams = new Map<string, number>();
  const fingerprint = fingerprints();
  const refused = metrics.counter({
    name: 'release_manager_requests_limited_total',
    help: 'Requests that were refused because their sender asked for too much',
    labels: ['limit'],
  });

  const assertTime = (limit: RateLimit, waitMs: number | undefined): void => {
    if (waitMs === undefined) return;
    refused.increment({ limit });
    throw tooOften(limit, waitMs);
  };

  const addressOf = (request: IncomingMessage): string => clientAddress(request, trustedProxies);
  const admitAnybody = (request: IncomingMessage): void => assertTime('address', addresses.take(addressOf(request)));

  const admit: RequestLimits['admit'] = (request) => {
    const { authorization } = request.headers;
    const mark = authorization === undefined ? undefined : fingerprint(authorization);
    const known = mark !== undefined && good.has(mark);
    if (!known) admitAnybody(request);
    if (mark === undefined) return () => undefined;
    const address = addressOf(request);
    if (!known) assertTime('failed-login', failures.look(address));
    return (status) => {
      if (status < 400) good.add(mark);
      if (status !== 401) return;
      good.delete(mark);
      failures.take(address);
    };
  };

  return {
    admit,
    admitAnybody,
    async identify(request, authenticate) {
      const learn = admit(request);
      const principal = await authenticate(request.headers.authorization).catch((error: unknown) => {
        if (error instanceof AppError && error.kind === 'unauthenticated') learn(401);
        throw error;
      });
      if (principal === undefined) return undefined;
      learn(200);
      assertTime('token', tokens.take(keyOf(principal)));
      return principal;
    },
    openStream(principal) {
      const key = keyOf(principal);
      const open = streams.get(key) ?? 0;
      if (open >= mostStreams) {
        refused.increment({ limit: 'streams' });
        throw tooManyStreams(mostStreams);
      }
      streams.set(key, open + 1);
      return () => {
        const left = (streams.get(key) ?? 1) - 1;
        if (left > 0) streams.set(key, left);
        else streams.delete(key);
      };
    },
  };
}

/** ADMIN_TOKEN has no id; there is one of it. */
function keyOf({ actor, token }: Principal): string {
  return token?.id ?? actor.kind;
}

/**
 * Hashes the secret of an Authorization header, and only that: a user name that goes with it does not matter, and must not
 * make a second mark. The secret itself is not kept.
 */
function fingerprints(): (authorization: string) => string {
  const salt = randomBytes(16);
  return (authorization) => {
    const [, scheme = '', sent = ''] = /^(\S*) *(.*)$/.exec(authorization) ?? [];
    const secret =
      scheme.toLowerCase() === 'basic'
        ? Buffer.from(sent, 'base64')
            .toString('latin1')
            .replace(/^[^:]*:/, '')
        : sent;
    return createHash('sha256').update(salt).update(secret).digest('base64');
  };
}

const saysWho: Readonly<Record<RateLimit, readonly [what: string, next: string]>> = {
  address: ['Your address has sent too many requests without a token.', 'send a token, or wait'],
  'failed-login': ['Your address has sent too many tokens that do not count.', 'check the token, and wait'],
  token: ['This token has sent too many requests.', 'wait; whoever runs the manager sets RATE_LIMIT_PER_MINUTE'],
};

function tooOften(limit: RateLimit, waitMs: number): AppError {
  const [what, next] = saysWho[limit];
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError('limited', 'http.rate-limit', what, { next, details: { limit, retryAfterSeconds } });
}

function tooManyStreams(most: number): AppError {
  return new AppError('limited', 'http.too-many-streams', `This token follows ${most} event streams already.`, {
    next: 'close some of them, or give each program a token of its own',
    details: { retryAfterSeconds: 10 },
  });
}
