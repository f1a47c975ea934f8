import { AppError, type Actor, type Clock, type Person } from '@release-manager/domain';
import type { Logger } from '@release-manager/runtime';

import type { Authenticate, Principal } from '../../http/index.ts';
import { hashTokenSecret, isTokenSecret, sameSecret } from './token-secret.ts';
import { toTokenView, type Token, type TokenStore } from './token-store.ts';

export interface AuthenticatorDependencies {
  readonly store: TokenStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** ADMIN_TOKEN; the way in before there is any other token, and after the database was lost. */
  readonly adminToken?: string | undefined;
  /** What `people.yaml` says of the person with this id; it counts more than what the token was made with. */
  readonly personById?: PersonById;
}

export type PersonById = (id: string) => Partial<Omit<Person, 'id'>> | undefined;

/** Precision of "last used": a write per request would make every read a write. */
const usedWithinMs = 60_000;

/**
 * Turns `Authorization: Bearer …` into who asks. Every request asks the database, one indexed read: a token that was revoked a
 * moment ago in another process is refused now.
 */
export function createAuthenticator(dependencies: AuthenticatorDependencies): Authenticate {
  const { store, adminToken, personById = () => undefined } = dependencies;
  return async (authorization) => {
    if (authorization === undefined) return undefined;
    const secret = bearerOf(authorization);
    if (adminToken !== undefined && sameSecret(secret, adminToken)) return { actor: { kind: 'admin' } };
    if (!isTokenSecret(secret)) throw unknownToken();
    const token = await found(() => store.findBySecret(hashTokenSecret(secret)));
    if (token === undefined) throw unknownToken();
    await use(token, dependencies);
    return principalOf(token, personById);
  };
}

function principalOf(token: Token, personById: PersonById): Principal {
  return { actor: actorOf(token, personById), token: toTokenView(token) };
}

function actorOf(token: Token, personById: PersonById): Actor {
  const person = token.person === undefined ? undefined : { ...token.person, ...personById(token.person.id) };
  switch (token.kind) {
    case 'admin':
      return { kind: 'admin', ...(person === undefined ? {} : { person }) };
    case 'personal':
      if (person === undefined) throw unknownToken();
      return { kind: 'person', person };
    case 'ci':
      return { kind: 'ci', token: token.name };
    case 'daemon':
      if (token.environment === undefined || token.cluster === undefined) throw unknownToken();
      return { kind: 'daemon', environment: token.environment, cluster: token.cluster };
  }
}

async function use(token: Token, { store, clock, logger }: AuthenticatorDependencies): Promise<void> {
  const now = clock.now();
  if (token.revokedAt !== undefined) {
    throw ended(token, 'access.token-revoked', `was revoked at ${token.revokedAt.toISOString()}`);
  }
  if (token.expiresAt.getTime() <= now.getTime()) {
    throw ended(token, 'access.token-expired', `expired at ${token.expiresAt.toISOString()}`);
  }
  const recently = new Date(now.getTime() - usedWithinMs);
  if (token.lastUsedAt !== undefined && token.lastUsedAt > recently) return;
  try {
    await store.markUsed(token.id, now, recently);
  } catch (error) {
    logger.warn('use of a token could not be noted', { token: token.id, error });
  }
}

/** Whoever has no valid token yet learns nothing of our surroundings, such as where the database is. */
async function found<Result>(look: () => Promise<Result>): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    throw new AppError('unavailable', 'access.unavailable', 'Tokens cannot be checked now.', {
      next: 'try again in a moment; /readyz says what is missing',
      cause: error,
    });
  }
}

function bearerOf(authorization: string): string {
  const secret = /^Bearer +([\x21-\x7e]{1,500})$/i.exec(authorization)?.[1];
  if (secret !== undefined) return secret;
  throw new AppError('unauthenticated', 'access.scheme', 'The Authorization header holds no bearer token.', {
    next: 'send `Authorization: Bearer <token>`',
  });
}

function unknownToken(): AppError {
  return new AppError('unauthenticated', 'access.token-unknown', 'This token is not known here.', {
    next: 'check that it is complete and made by this manager; `release-cli token create` makes one',
  });
}

/** Said only to somebody who holds the right secret. */
function ended(token: Token, code: string, what: string): AppError {
  return new AppError('unauthenticated', code, `The token ${JSON.stringify(token.name)} (${token.id}) ${what}.`, {
    next: 'make a new one with `release-cli token create`, or ask an administrator for one',
  });
}
