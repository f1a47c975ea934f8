import { reservedPersonIds } from '@release-manager/config-repo';
import type { TokenInput } from '@release-manager/contract';
import { actorName, AppError, newId, type Actor, type Clock, type Person } from '@release-manager/domain';
import type { Database } from '@release-manager/postgres';

import type { Principal } from '../../http/index.ts';
import { appendLedger } from '../ledger/index.ts';
import type { Rights } from './rights.ts';
import { hashTokenSecret, newTokenSecret } from './token-secret.ts';
import { createTokenStore, type Token } from './token-store.ts';

/** Makes, lists and revokes tokens; each change is recorded in its own transaction. */
export interface TokenService {
  /** The secret is in this answer and nowhere else. @throws AppError forbidden, invalid */
  create(principal: Principal, input: TokenInput): Promise<{ readonly token: Token; readonly secret: string }>;
  list(principal: Principal): Promise<readonly Token[]>;
  /** Revoking again changes nothing. @throws AppError not-found `access.no-such-token`, also for what is somebody else's */
  revoke(principal: Principal, id: string): Promise<Token>;
}

export interface TokenServiceDependencies {
  readonly database: Database;
  readonly rights: Rights;
  readonly clock: Clock;
}

const dayMs = 24 * 60 * 60 * 1000;
const defaultDays: Readonly<Record<TokenInput['kind'], number>> = { admin: 90, personal: 90, ci: 365, daemon: 365 };

/** Otherwise a stolen token would make itself one that lasts for years. */
const longestOwnDays = 90;

export function createTokenService({ database, rights, clock }: TokenServiceDependencies): TokenService {
  return {
    create: async (principal, input) => {
      assertMayCreate(principal, input, rights);
      assertFreePersonId(input);
      const secret = newTokenSecret(input.kind);
      const token = toToken(input, principal.actor, clock.now());
      await database.transaction(async (tx) => {
        await createTokenStore(tx).add(token, hashTokenSecret(secret));
        await appendLedger(tx, {
          kind: 'token.created',
          actor: principal.actor,
          environment: token.environment,
          cause: `${actorName(principal.actor)} made the ${token.kind} token ${JSON.stringify(token.name)}`,
          details: detailsOf(token),
          at: token.createdAt,
        });
      });
      return { token, secret };
    },
    list: async (principal) => createTokenStore(database.db).list(ownerLimit(principal, rights)),
    revoke: (principal, id) =>
      database.transaction(async (tx) => {
        const limit = ownerLimit(principal, rights);
        if (limit !== undefined) rights.assertMay(principal, { verb: 'own-tokens' });
        const store = createTokenStore(tx);
        const known = await store.find(id);
        if (known === undefined || (limit !== undefined && !belongsTo(known, limit))) throw noSuchToken(id);
        const at = clock.now();
        const revoked = await store.revoke(id, at);
        if (revoked === undefined) return (await store.find(id)) ?? known;
        await appendLedger(tx, {
          kind: 'token.revoked',
          actor: principal.actor,
          environment: revoked.environment,
          cause: `${actorName(principal.actor)} revoked the ${revoked.kind} token ${JSON.stringify(revoked.name)}`,
          details: detailsOf(revoked),
          at,
        });
        return revoked;
      }),
  };
}

/** A person may make further tokens for themself, as who they are; everything else needs an administrator. */
function assertMayCreate(principal: Principal, input: TokenInput, rights: Rights): void {
  const { actor } = principal;
  if (rights.judge(principal, { verb: 'admin' }).allowed) return;
  if (input.kind !== 'personal' || actor.kind !== 'person' || input.person.id !== actor.person.id) {
    rights.assertMay(principal, { verb: 'admin' });
    return;
  }
  rights.assertMay(principal, { verb: 'own-tokens' });
  if (!samePerson(input.person, actor.person)) {
    throw new AppError('forbidden', 'access.other-identity', 'Your own tokens carry your own name and e-mail.', {
      next: `send ${actor.person.name} <${actor.person.email}>, or ask an administrator to change them`,
    });
  }
  if ((input.expiresInDays ?? 0) > longestOwnDays) {
    throw new AppError(
      'forbidden',
      'access.expiry',
      `A token that you make for yourself lasts ${longestOwnDays} days at most.`,
      { next: `ask for ${longestOwnDays} days or fewer, or ask an administrator` },
    );
  }
}

function assertFreePersonId(input: TokenInput): void {
  const id = 'person' in input ? input.person?.id : undefined;
  if (id === undefined || !reservedPersonIds.has(id)) return;
  throw new AppError('invalid', 'access.person-id', `Nobody can have the id ${JSON.stringify(id)}: it is an actor's.`, {
    next: 'choose another id for the person',
  });
}

/** The person whose tokens are in sight; undefined for who sees all. */
function ownerLimit(principal: Principal, rights: Rights): string | undefined {
  if (rights.judge(principal, { verb: 'admin' }).allowed) return undefined;
  if (principal.actor.kind === 'person') return principal.actor.person.id;
  rights.assertMay(principal, { verb: 'admin' });
  return undefined;
}

function belongsTo(token: Token, personId: string): boolean {
  return token.kind === 'personal' && token.person?.id === personId;
}

function samePerson(a: Person, b: Person): boolean {
  return a.id === b.id && a.name === b.name && a.email === b.email;
}

function toToken(input: TokenInput, createdBy: Actor, now: Date): Token {
  const days = input.expiresInDays ?? defaultDays[input.kind];
  return {
    id: newId('tok', now),
    kind: input.kind,
    name: input.name,
    services: [],
    branches: [],
    createdBy,
    createdAt: now,
    expiresAt: new Date(now.getTime() + days * dayMs),
    ...scopeOf(input),
  };
}

function scopeOf(input: TokenInput): Partial<Token> {
  switch (input.kind) {
    case 'admin':
    case 'personal':
      return { person: input.person };
    case 'ci':
      return { services: input.services, branches: input.branches };
    case 'daemon':
      return { environment: input.environment, cluster: input.cluster };
  }
}

function detailsOf(token: Token): Record<string, unknown> {
  return {
    token: token.id,
    kind: token.kind,
    name: token.name,
    ...(token.person === undefined ? {} : { person: token.person.id }),
    ...(token.kind === 'ci' ? { services: token.services, branches: token.branches } : {}),
    ...(token.cluster === undefined ? {} : { cluster: token.cluster }),
    expiresAt: token.expiresAt.toISOString(),
  };
}

function noSuchToken(id: string): AppError {
  return new AppError('not-found', 'access.no-such-token', `There is no token ${id} that is yours to revoke.`, {
    next: '`release-cli token list` shows them',
  });
}
