import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { operations, Problem, type Caller, type OperationId, type TokenInput } from '@release-manager/contract';
import { systemClock } from '@release-manager/domain';
import { createContext, createLifecycle, createMetrics, createRedactor, silentLogger } from '@release-manager/runtime';
import { testDatabase } from '@release-manager/testing';
import type { Express } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readConfig } from './config.ts';
import { createRights, createTokenService } from './features/access/index.ts';
import { buildApi } from './setup/api.ts';
import { layFoundation } from './setup/foundation.ts';

/**
 * Who may knock where, written down a second time and by hand: a change of the operation table that lets somebody in has to be
 * made here too. A new operation without a line does not compile.
 */
const mayKnock: Readonly<Record<OperationId, readonly Caller[]>> = {
  reportBuild: ['admin', 'person', 'ci'],
  showBuild: ['admin', 'person', 'ci'],
  listBuilds: ['admin', 'person', 'ci'],
  registerArtifact: ['admin', 'person', 'ci'],
  completeArtifact: ['admin', 'person', 'ci'],
  showArtifact: ['admin', 'person', 'ci'],
  listArtifacts: ['admin', 'person', 'ci'],
  listIncomingProblems: ['admin', 'person'],
  requestRelease: ['admin', 'person'],
  planRelease: ['admin', 'person', 'ci'],
  listReleases: ['admin', 'person', 'ci'],
  showRelease: ['admin', 'person', 'ci'],
  retryRelease: ['admin', 'person'],
  listCrashLogs: ['admin', 'person', 'ci'],
  requestLogs: ['admin', 'person', 'ci'],
  showLogs: ['admin', 'person', 'ci'],
  requestRollback: ['admin', 'person'],
  planRollback: ['admin', 'person'],
  setHold: ['admin', 'person'],
  liftHold: ['admin', 'person'],
  listHolds: ['admin', 'person', 'ci'],
  quarantineArtifact: ['admin', 'person'],
  liftQuarantine: ['admin', 'person'],
  listQuarantines: ['admin', 'person', 'ci'],
  listDeliveries: ['admin', 'person', 'ci'],
  retryDelivery: ['admin', 'person'],
  showStatus: ['admin', 'person', 'ci'],
  explainEnvironment: ['admin', 'person', 'ci'],
  showWhere: ['admin', 'person', 'ci'],
  showHistory: ['admin', 'person', 'ci'],
  listLedger: ['admin', 'person', 'ci'],
  followEvents: ['admin', 'person', 'ci'],
  listServices: ['admin', 'person', 'ci'],
  showService: ['admin', 'person', 'ci'],
  addService: ['admin', 'person'],
  setService: ['admin', 'person'],
  listEnvironments: ['admin', 'person', 'ci'],
  listPolicies: ['admin', 'person', 'ci'],
  applyPolicy: ['admin', 'person'],
  deletePolicy: ['admin', 'person'],
  createToken: ['admin', 'person'],
  listTokens: ['admin', 'person'],
  revokeToken: ['admin', 'person'],
  showFluxSecret: ['admin', 'person'],
  whoami: ['admin', 'person', 'ci', 'daemon'],
  canI: ['admin', 'person', 'ci'],
  showRecovery: ['admin', 'person'],
  resumeAutomation: ['admin', 'person'],
  reportObservations: ['daemon'],
  takeCommands: ['daemon'],
  finishCommand: ['daemon'],
  showVersion: ['anonymous', 'admin', 'person', 'ci', 'daemon'],
  runDoctor: ['admin', 'person'],
};

/** Routes that are no operations, and what somebody without a token is told there. */
const rawRoutes: Readonly<Record<string, readonly number[]>> = {
  'GET /healthz': [200],
  'GET /readyz': [200],
  'GET /v1/openapi.json': [200],
  'GET /': [200],
  // It is there where it was built.
  'GET /cli': [200, 404],
  'PUT /v1/uploads/:token': [403],
  // No secret is set.
  'POST /v1/webhooks/github': [404],
  'POST /v1/webhooks/slack': [404],
  'POST /v1/webhooks/flux/:environment/:cluster': [404],
  'GET /git/{*below}': [401],
  'POST /git/{*below}': [401],
};

const adminToken = 'admin-token-of-this-test';
const person = { id: 'ada', name: 'Ada L.', email: 'ada@example.com' };

/** What stands for each parameter of a path: well-formed, and nothing that exists. */
const parameters: Readonly<Record<string, string>> = {
  service: 'no-such-service',
  environment: 'no-such-environment',
  policy: 'no-such-policy',
  buildId: '0'.repeat(20),
};
const ids: Readonly<Record<string, string>> = {
  artifacts: 'main-0123456789-abcdef0123',
  releases: `rel_${'0'.repeat(26)}`,
  tokens: `tok_${'0'.repeat(26)}`,
  deliveries: `dlv_${'0'.repeat(26)}`,
  'log-requests': `log_${'0'.repeat(26)}`,
};

interface Opened {
  readonly app: Express;
  readonly headers: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** The whole API as the manager composes it, on a real database and the built-in config repo; only no worker runs. */
async function open(): Promise<Opened> {
  const test = await testDatabase();
  const { database } = test;
  const folder = await mkdtemp(join(tmpdir(), 'route-table-'));
  const lifecycle = createLifecycle({
    logger: silentLogger,
    process: { on: () => undefined, exit: () => undefined },
  });
  const config = readConfig({ DATA_DIR: folder, DATABASE_URL: test.url, ADMIN_TOKEN: adminToken });
  const foundation = await layFoundation(config, 'http://localhost', {
    logger: silentLogger,
    context: createContext(),
    redactor: createRedactor(),
    lifecycle,
    metrics: createMetrics(),
  });
  await foundation.repo.refresh();
  const app = await buildApi(foundation);
  const tokens = createTokenService({
    database,
    rights: createRights({ environmentProtected: () => true }),
    clock: systemClock,
  });

  const make = async (input: TokenInput): Promise<{ id: string; secret: string }> => {
    const { token, secret } = await tokens.create({ actor: { kind: 'admin' } }, input);
    return { id: token.id, secret };
  };
  const expired = await make({ kind: 'admin', name: 'expired' });
  await database
    .db('tokens')
    .where({ id: expired.id })
    .update({ expires_at: new Date(Date.now() - 1) });
  const revoked = await make({ kind: 'admin', name: 'revoked' });
  await tokens.revoke({ actor: { kind: 'admin' } }, revoked.id);
  const unsigned = ['{"alg":"none"}', '{"sub":"admin"}'].map((part) => Buffer.from(part).toString('base64url'));
  const bearers = {
    garbage: 'garbage',
    'an unknown token': `rm_admin_${'A'.repeat(43)}`,
    'a JWT without a signature': `${unsigned.join('.')}.`,
    expired: expired.secret,
    revoked: revoked.secret,
    ADMIN_TOKEN: adminToken,
    admin: (await make({ kind: 'admin', name: 'admin', person })).secret,
    person: (await make({ kind: 'personal', name: 'person', person })).secret,
    ci: (await make({ kind: 'ci', name: 'ci', services: ['**'], branches: ['**'] })).secret,
    daemon: (await make({ kind: 'daemon', name: 'daemon', environment: 'dev', cluster: 'default' })).secret,
  };
  const headers = Object.entries(bearers).map(([name, token]): [string, string] => [name, `Bearer ${token}`]);
  return {
    app,
    headers: new Map([...headers, ['basic', `Basic ${btoa(`admin:${adminToken}`)}`]]),
    close: async () => {
      await lifecycle.stop('the test is over');
      await test.drop();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

let opened: Opened;
let server: Server;
let url: string;

beforeAll(async () => {
  opened = await open();
  server = opened.app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await opened.close();
});

/** How far a request came: not known, not let in, or in, whatever is said there. */
type Door = 'unauthenticated' | 'refused' | 'in';

async function knock(id: OperationId, who: string): Promise<Door> {
  const { method, path } = operations[id];
  const room = path.split('/')[2] ?? '';
  const target = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? ids[room] ?? 'x');
  const authorization = opened.headers.get(who);
  const hasBody = method !== 'get' && method !== 'delete';
  const hangUp = new AbortController();
  const response = await fetch(url + target, {
    method: method.toUpperCase(),
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
    },
    ...(hasBody ? { body: '{}' } : {}),
    signal: hangUp.signal,
  });
  const door = await doorOf(response);
  hangUp.abort();
  return door;
}

async function doorOf(response: Response): Promise<Door> {
  if (response.ok) return 'in';
  const { status, code } = Problem.parse(await response.json());
  expect(status).toBe(response.status);
  expect(status).toBeLessThan(500);
  if (status === 401) return 'unauthenticated';
  return status === 403 && code === 'access.caller' ? 'refused' : 'in';
}

const operationIds = Object.keys(mayKnock) as OperationId[];
const strangers = ['garbage', 'an unknown token', 'a JWT without a signature', 'expired', 'revoked', 'basic'];
const known: readonly (readonly [string, Caller])[] = [
  ['ADMIN_TOKEN', 'admin'],
  ['admin', 'admin'],
  ['person', 'person'],
  ['ci', 'ci'],
  ['daemon', 'daemon'],
];

describe('every operation', () => {
  it('has a line here, and every line an operation', () => {
    expect(operationIds.toSorted()).toEqual(Object.keys(operations).toSorted());
  });

  it.each(operationIds)('%s takes whom it should and nobody else', async (id) => {
    const seen: Record<string, Door> = { nobody: await knock(id, 'nobody') };
    const expected: Record<string, Door> = { nobody: mayKnock[id].includes('anonymous') ? 'in' : 'unauthenticated' };
    for (const stranger of strangers) {
      seen[stranger] = await knock(id, stranger);
      // Also where nobody needs a token: one that does not count is never quietly taken for none.
      expected[stranger] = 'unauthenticated';
    }
    for (const [who, caller] of known) {
      seen[who] = await knock(id, who);
      expected[who] = mayKnock[id].includes(caller) ? 'in' : 'refused';
    }
    expect(seen).toEqual(expected);
  });
});

describe('what no database can keep', () => {
  const release = { service: 'web', environments: ['dev'], branch: 'main' };
  it.each<readonly [string, string, unknown]>([
    ['POST', '/v1/releases', { ...release, reason: 'a\0b' }],
    ['POST', '/v1/releases', { ...release, reason: 'a\ud800b' }],
    ['POST', '/v1/releases', { ...release, idempotencyKey: '12345678\0' }],
    ['POST', '/v1/releases', { ...release, reason: 'two\nlines' }],
    ['POST', '/v1/services', { name: 'web', namespaces: { default: 'shop' }, repository: 'x\0' }],
    ['POST', '/v1/services', { name: 'web', namespaces: { default: 'shop' }, paths: ['\udc00'] }],
    ['GET', '/v1/releases?request=a%00', undefined],
    ['GET', '/v1/status?cursor=a%00', undefined],
    ['GET', '/v1/status?cursor=No%20Name', undefined],
    ['GET', '/v1/services?cursor=%00', undefined],
    ['GET', '/v1/ledger?cursor=%00', undefined],
  ])('is refused as wrong, not as ours: %s %s %j', async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ kind: 'invalid' })]);
  });
});

interface RouterLayer {
  readonly route?: {
    readonly path: string;
    readonly stack: readonly { readonly method?: string }[];
  };
}

describe('every route of the app', () => {
  const layers = (): readonly RouterLayer[] => (opened.app.router as unknown as { stack: RouterLayer[] }).stack;

  it('is an operation or one of the raw routes', () => {
    const mounted = layers().flatMap(({ route }) => {
      if (route === undefined) return [];
      // The layer without a method is the answer to all others: 405.
      return route.stack.flatMap(({ method }) =>
        method === undefined ? [] : [`${method.toUpperCase()} ${route.path}`],
      );
    });
    const table = Object.values(operations).map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(mounted.toSorted()).toEqual([...table, ...Object.keys(rawRoutes)].toSorted());
  });

  it('is a route: nothing answers from a middleware that no table lists', () => {
    // Request id, access log, security headers; no such address; problems.
    expect(layers().filter(({ route }) => route === undefined)).toHaveLength(5);
  });

  const below = 'config.git/info/refs?service=git-upload-pack';

  it.each(Object.entries(rawRoutes))('%s tells a stranger %j', async (route, statuses) => {
    const [method = '', path = ''] = route.split(' ');
    const target = path
      .replace(':token', 'forged')
      .replace('{*below}', method === 'GET' ? below : 'config.git/git-upload-pack');
    const response = await fetch(url + target, { method, ...(method === 'GET' ? {} : { body: 'x' }) });
    expect(statuses).toContain(response.status);
    await response.arrayBuffer();
  });
});

describe('whom a request speaks for', () => {
  it('is the token, whatever else it says', async () => {
    const authorization = opened.headers.get('ci') ?? '';
    const response = await fetch(`${url}/v1/whoami`, {
      headers: { authorization, 'x-actor': 'admin', 'x-forwarded-user': 'ada', cookie: 'actor=admin' },
    });
    expect(await response.json()).toMatchObject({ actor: { kind: 'ci', name: 'ci:ci' } });
  });

  it('is not taken from the query', async () => {
    expect((await fetch(`${url}/v1/whoami?access_token=${adminToken}`)).status).toBe(401);
  });

  it('is nobody when two tokens are sent', async () => {
    const headers: [string, string][] = [
      ['authorization', `Bearer ${adminToken}`],
      ['authorization', opened.headers.get('ci') ?? ''],
    ];
    expect((await fetch(`${url}/v1/whoami`, { headers })).status).toBe(401);
  });
});
