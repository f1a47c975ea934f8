import { TokenInput } from '@release-manager/contract';
import { AppError, type Actor, type Clock } from '@release-manager/domain';
import { openDatabase, type Database } from '@release-manager/postgres';
import { silentLogger } from '@release-manager/runtime';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import type { Authenticate, Principal } from '../../http/index.ts';
import { createAuthenticator } from './authenticator.ts';
import { createRights } from './rights.ts';
import { createTokenService, type TokenService } from './token-service.ts';
import { createTokenStore } from './token-store.ts';

const adminToken = 'the-token-of-the-installation';
const day = 24 * 60 * 60 * 1000;
const admin: Principal = { actor: { kind: 'admin' } };
const person = { id: 'ada', name: 'Ada L.', email: 'ada@example.com' };
const ada: Principal = { actor: { kind: 'person', person } };
const bob: Principal = { actor: { kind: 'person', person: { ...person, id: 'bob' } } };

let test: TestDatabase;
let database: Database;
let now: Date;
const clock: Clock = { now: () => now };
let tokens: TokenService;
let authenticate: Authenticate;

beforeAll(async () => {
  test = await testDatabase();
  ({ database } = test);
  const rights = createRights({ environmentProtected: () => true });
  tokens = createTokenService({ database, rights, clock });
  authenticate = createAuthenticator({ store: createTokenStore(database.db), clock, logger: silentLogger, adminToken });
});
afterAll(() => test.drop());
beforeEach(() => {
  now = new Date('2026-04-01T08:00:00.000Z');
});

const make = (input: TokenInput, by = admin): ReturnType<TokenService['create']> => tokens.create(by, input);
const personal = (name: string): TokenInput => ({ kind: 'personal', name, person });
const actorOf = async (secret: string): Promise<Actor | undefined> => (await authenticate(`Bearer ${secret}`))?.actor;

describe('a token', () => {
  it.each([
    [personal('laptop'), ada.actor, 90],
    [{ kind: 'admin', name: 'ops' }, { kind: 'admin' }, 90],
    [{ kind: 'admin', name: 'ops', person }, { kind: 'admin', person }, 90],
    [{ kind: 'ci', name: 'web', services: ['web'], branches: ['main'] }, { kind: 'ci', token: 'web' }, 365],
    [
      { kind: 'daemon', name: 'd', environment: 'dev', cluster: 'eu' },
      { kind: 'daemon', environment: 'dev', cluster: 'eu' },
      365,
    ],
  ] as const)('of %o speaks for its actor, for its days', async (input, actor, days) => {
    const { token, secret } = await make(TokenInput.parse(input));
    expect(secret).toMatch(new RegExp(`^rm_${input.kind}_[A-Za-z0-9_-]{43}$`));
    expect(await actorOf(secret)).toEqual(actor);
    expect(token.expiresAt.getTime() - now.getTime()).toBe(days * day);
  });

  it('is stored only as a hash', async () => {
    const { secret } = await make(personal('hashed'));
    const dump = JSON.stringify([await database.db('tokens').select(), await database.db('ledger').select()]);
    expect(dump).not.toContain(secret);
    expect(dump).not.toContain(secret.slice('rm_personal_'.length));
  });

  it('carries its limits into the principal', async () => {
    const { secret } = await make({ kind: 'ci', name: 'limits', services: ['web', 'api-*'], branches: ['main'] });
    const principal = await authenticate(`bearer  ${secret}`);
    expect(principal?.token).toMatchObject({ services: ['web', 'api-*'], branches: ['main'] });
  });

  it('ends when it expires, to the millisecond, and says so', async () => {
    const { secret } = await make({ ...personal('short'), expiresInDays: 1 });
    now = new Date(now.getTime() + day - 1);
    expect(await actorOf(secret)).toEqual(ada.actor);
    now = new Date(now.getTime() + 1);
    await expect(actorOf(secret)).rejects.toMatchObject({ kind: 'unauthenticated', code: 'access.token-expired' });
  });

  it('ends for every process at once when it is revoked', async () => {
    const { token, secret } = await make(personal('lost'));
    const elsewhere = openDatabase({ url: test.url, applicationName: 'second process', poolSize: 1 });
    const second = createAuthenticator({ store: createTokenStore(elsewhere.db), clock, logger: silentLogger });
    expect(await second(`Bearer ${secret}`)).toMatchObject({ actor: ada.actor });
    await tokens.revoke(admin, token.id);
    await expect(second(`Bearer ${secret}`)).rejects.toMatchObject({
      code: 'access.token-revoked',
      message: expect.stringContaining('"lost"') as string,
    });
    await elsewhere.close();
  });

  it('remembers its last use, at most once a minute', async () => {
    const { token, secret } = await make(personal('used'));
    const lastUsed = async (): Promise<Date | undefined> =>
      (await createTokenStore(database.db).find(token.id))?.lastUsedAt;
    expect(await lastUsed()).toBeUndefined();
    const first = now;
    await actorOf(secret);
    now = new Date(first.getTime() + 59_000);
    await actorOf(secret);
    expect(await lastUsed()).toEqual(first);
    now = new Date(first.getTime() + 61_000);
    await actorOf(secret);
    expect(await lastUsed()).toEqual(now);
  });
});

describe('the authenticator', () => {
  it('knows ADMIN_TOKEN, and nothing that looks like it', async () => {
    expect(await authenticate(`Bearer ${adminToken}`)).toEqual({ actor: { kind: 'admin' } });
    for (const wrong of [`${adminToken}x`, adminToken.slice(0, -1), adminToken.toUpperCase()]) {
      await expect(authenticate(`Bearer ${wrong}`)).rejects.toMatchObject({ code: 'access.token-unknown' });
    }
  });

  it.each([
    ['garbage', 'access.token-unknown'],
    [`rm_admin_${'A'.repeat(43)}`, 'access.token-unknown'],
    [`rm_root_${'A'.repeat(43)}`, 'access.token-unknown'],
    ['eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.', 'access.token-unknown'],
    ["' or 1=1 --", 'access.scheme'],
    ['', 'access.scheme'],
    ['x'.repeat(501), 'access.scheme'],
  ])('does not know %.40j', async (secret, code) => {
    await expect(authenticate(`Bearer ${secret}`)).rejects.toMatchObject({ kind: 'unauthenticated', code });
  });

  it('takes no other scheme, and no header means nobody', async () => {
    await expect(authenticate(`Basic ${btoa(`admin:${adminToken}`)}`)).rejects.toMatchObject({ code: 'access.scheme' });
    expect(await authenticate(undefined)).toBeUndefined();
  });

  it('lets people.yaml overrule the name and e-mail of a token', async () => {
    const { secret } = await make(personal('renamed'));
    const current = { ...person, name: 'Ada Lovelace' };
    const informed = createAuthenticator({
      store: createTokenStore(database.db),
      clock,
      logger: silentLogger,
      personById: (id) => (id === 'ada' ? current : undefined),
    });
    expect(await informed(`Bearer ${secret}`)).toMatchObject({ actor: { kind: 'person', person: current } });
  });

  it('tells nobody where the database is when it is away', async () => {
    const url = 'postgres://u:p@127.0.0.1:1/secret-name';
    const away = openDatabase({ url, applicationName: 'away', poolSize: 1 });
    const lost = createAuthenticator({ store: createTokenStore(away.db), clock, logger: silentLogger });
    const error = await lost(`Bearer rm_admin_${'A'.repeat(43)}`).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'unavailable', message: 'Tokens cannot be checked now.' });
    await away.close();
  });
});

describe('who may make and revoke which token', () => {
  it('a person makes further ones for themself only, as who they are, and not for long', async () => {
    expect((await make(personal('second'), ada)).token.person).toEqual(person);
    const refused: [TokenInput, string][] = [
      [{ ...personal('x'), person: { ...person, id: 'bob' } } as TokenInput, 'access.forbidden'],
      [{ ...personal('x'), person: { ...person, email: 'boss@example.com' } } as TokenInput, 'access.other-identity'],
      [{ ...personal('x'), expiresInDays: 91 }, 'access.expiry'],
      [{ kind: 'admin', name: 'x' }, 'access.forbidden'],
      [{ kind: 'ci', name: 'x', services: ['**'], branches: ['**'] }, 'access.forbidden'],
      [{ kind: 'daemon', name: 'x', environment: 'dev', cluster: 'default' }, 'access.forbidden'],
    ];
    for (const [input, code] of refused) {
      await expect(make(input, ada)).rejects.toMatchObject({ kind: 'forbidden', code });
    }
  });

  it.each([
    { kind: 'ci', token: 'web' },
    { kind: 'daemon', environment: 'dev', cluster: 'default' },
  ] satisfies Actor[])('$kind makes, lists and revokes none', async (actor) => {
    const { token } = await make(personal('theirs'));
    await expect(make(personal('x'), { actor })).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(tokens.list({ actor })).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(tokens.revoke({ actor }, token.id)).rejects.toMatchObject({ kind: 'forbidden' });
  });

  it('nobody gets the name of an actor that is no person', async () => {
    for (const id of ['admin', 'release-manager']) {
      await expect(make({ ...personal('x'), person: { ...person, id } } as TokenInput)).rejects.toMatchObject({
        code: 'access.person-id',
      });
    }
  });

  it('a person sees and revokes their own; another one looks the same as none', async () => {
    const mine = (await make(personal('mine'))).token;
    const ci = (await make({ kind: 'ci', name: 'c', services: ['web'], branches: ['main'] })).token;
    const withAdminRights = (await make({ kind: 'admin', name: 'root of ada', person })).token;
    const ids = (await tokens.list(ada)).map(({ id }) => id);
    expect(ids).toContain(mine.id);
    expect(ids).not.toContain(ci.id);
    expect(ids).not.toContain(withAdminRights.id);
    expect(await tokens.list(bob)).toEqual([]);
    const missing = 'tok_00000000000000000000000000';
    const refusal = (by: Principal, id: string): Promise<unknown> =>
      tokens.revoke(by, id).catch((error: unknown) => (error instanceof AppError ? [error.kind, error.code] : error));
    const asNone = await refusal(bob, missing);
    expect(asNone).toEqual(['not-found', 'access.no-such-token']);
    expect(await refusal(bob, mine.id)).toEqual(asNone);
    expect(await refusal(ada, ci.id)).toEqual(asNone);
    expect((await tokens.revoke(ada, mine.id)).revokedAt).toEqual(now);
    expect((await tokens.list(admin)).length).toBeGreaterThan(2);
  });
});

describe('the record', () => {
  const kinds = async (id: string): Promise<unknown> =>
    database.db('ledger').whereRaw("details->>'token' = ?", [id]).orderBy('id').pluck('kind');

  it('tells who made and who revoked, once each', async () => {
    const { token } = await make(personal('recorded'));
    await tokens.revoke(ada, token.id);
    const revokedAt = now;
    now = new Date(now.getTime() + 1_000);
    expect((await tokens.revoke(admin, token.id)).revokedAt).toEqual(revokedAt);
    expect(await kinds(token.id)).toEqual(['token.created', 'token.revoked']);
  });

  it('is written together with the token or not at all', async () => {
    await database.db.raw(`alter table ledger add constraint test_refuses check (cause not like '%unrecorded%')`);
    const before = await tokens.list(admin);
    await expect(make(personal('unrecorded'))).rejects.toThrow('test_refuses');
    expect(await tokens.list(admin)).toEqual(before);
  });
});
