import type { TokenView } from '@release-manager/contract';
import type { Actor, Person } from '@release-manager/domain';
import { jsonb, type Db } from '@release-manager/postgres';

import type { TokenKind } from './token-secret.ts';

/** A token as it is kept: everything but the secret. */
export interface Token {
  readonly id: string;
  readonly kind: TokenKind;
  readonly name: string;
  readonly person?: Person | undefined;
  readonly services: readonly string[];
  readonly branches: readonly string[];
  readonly environment?: string | undefined;
  readonly cluster?: string | undefined;
  readonly createdBy: Actor;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt?: Date | undefined;
  readonly lastUsedAt?: Date | undefined;
}

/** Tokens by the hash of their secret. */
export interface TokenStore {
  add(token: Token, secretHash: string): Promise<void>;
  findBySecret(secretHash: string): Promise<Token | undefined>;
  find(id: string): Promise<Token | undefined>;
  /** The last made first; only the personal ones of a person where one is named. */
  list(personId?: string): Promise<readonly Token[]>;
  /** Undefined when it does not exist or was revoked before. */
  revoke(id: string, at: Date): Promise<Token | undefined>;
  /** Remembers the use unless one since `notSince` is known already. */
  markUsed(id: string, at: Date, notSince: Date): Promise<void>;
}

interface TokenRow {
  readonly id: string;
  readonly kind: TokenKind;
  readonly name: string;
  readonly person: Person | null;
  readonly service_patterns: readonly string[];
  readonly branch_patterns: readonly string[];
  readonly environment: string | null;
  readonly cluster: string | null;
  readonly created_by: Actor;
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly last_used_at: Date | null;
}

const columns = [
  'id',
  'kind',
  'name',
  'person',
  'service_patterns',
  'branch_patterns',
  'environment',
  'cluster',
  'created_by',
  'created_at',
  'expires_at',
  'revoked_at',
  'last_used_at',
];

export function createTokenStore(db: Db): TokenStore {
  const first = async (where: Record<string, string>): Promise<Token | undefined> => {
    const rows = (await db('tokens').select(columns).where(where).limit(1)) as TokenRow[];
    return rows.map(toToken)[0];
  };
  return {
    add: async (token, secretHash) => {
      await db('tokens').insert({ ...toColumns(token), secret_hash: secretHash });
    },
    findBySecret: (secretHash) => first({ secret_hash: secretHash }),
    find: (id) => first({ id }),
    list: async (personId) => {
      const query = db('tokens').select(columns).orderBy('id', 'desc');
      if (personId !== undefined) void query.where('kind', 'personal').whereRaw("person->>'id' = ?", [personId]);
      return ((await query) as TokenRow[]).map(toToken);
    },
    revoke: async (id, at) => {
      const rows: TokenRow[] = await db('tokens')
        .where({ id })
        .whereNull('revoked_at')
        .update({ revoked_at: at })
        .returning(columns);
      return rows.map(toToken)[0];
    },
    markUsed: async (id, at, notSince) => {
      await db('tokens')
        .where({ id })
        .whereRaw('(last_used_at is null or last_used_at < ?)', [notSince])
        .update({ last_used_at: at });
    },
  };
}

/** A token as the API shows it. */
export function toTokenView(token: Token): TokenView {
  return {
    id: token.id,
    kind: token.kind,
    name: token.name,
    ...(token.person === undefined ? {} : { person: { ...token.person } }),
    services: [...token.services],
    branches: [...token.branches],
    ...(token.environment === undefined ? {} : { environment: token.environment }),
    ...(token.cluster === undefined ? {} : { cluster: token.cluster }),
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt.toISOString(),
    ...(token.revokedAt === undefined ? {} : { revokedAt: token.revokedAt.toISOString() }),
    ...(token.lastUsedAt === undefined ? {} : { lastUsedAt: token.lastUsedAt.toISOString() }),
  };
}

function toColumns(token: Token): Record<string, unknown> {
  return {
    id: token.id,
    kind: token.kind,
    name: token.name,
    person: token.person === undefined ? null : jsonb(token.person),
    service_patterns: jsonb(token.services),
    branch_patterns: jsonb(token.branches),
    environment: token.environment ?? null,
    cluster: token.cluster ?? null,
    created_by: jsonb(token.createdBy),
    created_at: token.createdAt,
    expires_at: token.expiresAt,
  };
}

function toToken(row: TokenRow): Token {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    person: row.person ?? undefined,
    services: row.service_patterns,
    branches: row.branch_patterns,
    environment: row.environment ?? undefined,
    cluster: row.cluster ?? undefined,
    createdBy: row.created_by,
    createdAt: row.created_at,
    // The column may be empty; a token without an end is none that we made, and it has ended.
    expiresAt: row.expires_at ?? row.created_at,
    revokedAt: row.revoked_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
  };
}
