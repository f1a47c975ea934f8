import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { operations, Problem, type OperationId, type TokenInput } from '@release-manager/contract';
import { systemClock } from '@release-manager/domain';
import { createMirror, noCredentials, type Mirror } from '@release-manager/git';
import { jsonb, type Database } from '@release-manager/postgres';
import { createContext, createLifecycle, createMetrics, createRedactor, silentLogger } from '@release-manager/runtime';
import { testDatabase } from '@release-manager/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { readConfig } from './config.ts';
import { createRights, createTokenService } from './features/access/index.ts';
import type { Act } from './features/access/judgement.ts';
import {
  accessTexts,
  arbitraryFiles,
  readsAsAllowed,
  type AccessFiles,
} from './features/access/naive-reading.testing.ts';
import { buildApi } from './setup/api.ts';
import { layFoundation } from './setup/foundation.ts';

const adminToken = 'admin-token-of-this-test';
const artifact = 'main-0123456789-abcdef0123';
const release = `rel_${'0'.repeat(26)}`;
const source = {
  repository: 'https://example.com/shop',
  branch: 'main',
  sha: '0'.repeat(40),
  author: { name: 'Grace', email: 'grace@example.com' },
};
const ci = { provider: 'test', workflow: 'build', runNumber: 1 };
const spec = { schemaVersion: 1, id: artifact, service: 'web', namespaces: { default: 'shop' }, source, ci };
const target = { service: 'web', environment: 'dev' };
/** As it is registered: `web` is of checkout. Requests below say that it is of payments. */
const web = { service: 'web', owner: 'checkout' };
const webInDev = { ...target, owner: 'checkout' };

/** What has to be allowed for an operation with this body; none for what everybody with a token may. */
interface Need {
  readonly acts: readonly Act[];
  readonly body?: object;
}
const reading: Need = { acts: [] };
const never: Need = { acts: [{ verb: 'report' }], body: {} };

/**
 * The right that each operation needs, written down a second time and by hand: a new operation without a line does not
 * compile, and one that changes something without asking for a right does not pass.
 */
const needs: Readonly<Record<OperationId, Need>> = {
  reportBuild: { acts: [{ verb: 'upload', service: 'web' }], body: { source, ci } },
  showBuild: reading,
  listBuilds: reading,
  registerArtifact: { acts: [{ verb: 'upload', service: 'web' }], body: { spec, size: 1, sha256: '0'.repeat(64) } },
  completeArtifact: { acts: [{ verb: 'upload', service: 'web' }], body: {} },
  showArtifact: reading,
  listArtifacts: reading,
  listIncomingProblems: reading,
  requestRelease: {
    acts: [{ verb: 'release', ...webInDev }],
    body: { service: 'web', environments: ['dev'], branch: 'no-such-branch' },
  },
  planRelease: { acts: [], body: { service: 'web', environments: ['dev'], branch: 'main' } },
  listReleases: reading,
  showRelease: reading,
  retryRelease: { acts: [{ verb: 'release', ...webInDev }], body: {} },
  requestRollback: { acts: [{ verb: 'rollback', ...webInDev }], body: { ...target, reason: 'a try' } },
  planRollback: { acts: [{ verb: 'rollback', ...webInDev }], body: target },
  setHold: { acts: [{ verb: 'hold', ...webInDev }], body: { reason: 'a try' } },
  liftHold: { acts: [{ verb: 'hold', ...webInDev }], body: { dryRun: true } },
  listHolds: reading,
  quarantineArtifact: {
    acts: [{ verb: 'rollback', ...webInDev }],
    body: { environments: ['dev'], reason: 'a try' },
  },
  liftQuarantine: { acts: [{ verb: 'rollback', ...webInDev }], body: { environments: ['dev'] } },
  listQuarantines: reading,
  showStatus: reading,
  explainEnvironment: reading,
  showHistory: reading,
  listLedger: reading,
  followEvents: reading,
  listServices: reading,
  showService: reading,
  addService: {
    acts: [
      { verb: 'admin', ...web },
      { verb: 'admin', service: 'web', owner: 'payments' },
    ],
    body: { name: 'web', namespaces: { default: 'shop' }, owner: 'payments' },
  },
  setService: {
    acts: [
      { verb: 'admin', ...web },
      { verb: 'admin', service: 'web', owner: 'payments' },
    ],
    body: { owner: 'payments' },
  },
  listEnvironments: reading,
  listPolicies: reading,
  applyPolicy: {
    acts: [{ verb: 'policy', ...webInDev }],
    body: { policy: { kind: 'no-such-kind', environment: 'dev' } },
  },
  deletePolicy: { acts: [{ verb: 'policy', ...web }] },
  createToken: {
    acts: [{ verb: 'admin' }],
    body: { kind: 'ci', name: 'x', services: ['**'], branches: ['**'] },
  },
  listTokens: reading,
  revokeToken: { acts: [{ verb: 'own-tokens' }] },
  whoami: reading,
  canI: reading,
  showRecovery: reading,
  resumeAutomation: { acts: [{ verb: 'admin' }], body: { dryRun: true } },
  reportObservations: never,
  takeCommands: never,
  finishCommand: never,
  showVersion: reading,
  runDoctor: reading,
};

/** What only looks although it sends a body. */
const looks: readonly OperationId[] = ['planRelease'];

interface Opened {
  readonly url: string;
  readonly database: Database;
  readonly tokens: Readonly<Record<string, string>>;
  /** Somebody with the right to push writes the two files, and the manager reads them. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

let opened: Opened;
beforeAll(async () => {
  opened = await open();
});
afterAll(() => opened.close());

async function open(): Promise<Opened> {
  const test = await testDatabase();
  const { database } = test;
  const folder = await mkdtemp(join(tmpdir(), 'rights-'));
  const lifecycle = createLifecycle({ logger: silentLogger, process: { on: () => undefined, exit: () => undefined } });
  const settings = {
    DATA_DIR: folder,
    DATABASE_URL: test.url,
    ADMIN_TOKEN: adminToken,
    RATE_LIMIT_PER_MINUTE: '100000',
  };
  const foundation = await layFoundation(readConfig(settings), 'http://localhost', {
    logger: silentLogger,
    context: createContext(),
    redactor: createRedactor(),
    lifecycle,
    metrics: createMetrics(),
  });
  await foundation.repo.refresh();
  const app = await buildApi(foundation);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const remote = join(folder, 'git', 'config.git');
  const clone = createMirror({
    url: remote,
    branch: 'main',
    folder: join(folder, 'people'),
    credentials: noCredentials,
    allowFile: true,
  });
  await insertSubjects(database);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    database,
    tokens: await makeTokens(database),
    async write(files) {
      await push(clone, files);
      await foundation.repo.refresh();
    },
    async close() {
      await closed(server);
      await lifecycle.stop('the test is over');
      await test.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function push(mirror: Mirror, files: Readonly<Record<string, string>>): Promise<void> {
  const base = await mirror.fetch();
  const writer = mirror.writer(base);
  const signature = { name: 'Grace', email: 'grace@example.com', at: new Date() };
  const edits = Object.entries(files).map(
    ([path, text]) => ({ kind: 'put', path, content: Buffer.from(text) }) as const,
  );
  const commit = await writer.commit(edits, { message: 'rights\n', author: signature, committer: signature });
  if (commit === undefined) return;
  await writer.flush();
  expect(await mirror.push(base, commit)).toBe('landed');
}

/** What the operations above speak of. */
async function insertSubjects({ db }: Database): Promise<void> {
  const at = new Date();
  const admin = jsonb({ kind: 'admin' });
  await db('services').insert({
    name: 'web',
    namespaces: jsonb({ default: 'shop' }),
    owner: 'checkout',
    registered_by: admin,
    registered_at: at,
    updated_at: at,
  });
  await db('artifacts').insert({
    id: artifact,
    service: 'web',
    branch: 'main',
    sha: source.sha,
    state: 'ready',
    spec: jsonb(spec),
    zip_sha256: '0'.repeat(64),
    zip_size: 1,
    environments: jsonb({
      dev: { state: 'ready', files: 1, namespace: 'shop', problems: [], warnings: [], objects: [] },
    }),
    registered_by: admin,
    registered_at: at,
    verified_at: at,
    updated_at: at,
  });
  await db('releases').insert({
    id: release,
    request_id: 'req_1',
    service: 'web',
    environment: 'dev',
    artifact_id: artifact,
    intent: 'artifact',
    automatic: false,
    // Nothing to retry: whoever may is told so, and nothing happens.
    state: 'applied',
    actor: admin,
    author: jsonb({ name: 'Ada', email: 'ada@example.com' }),
    requested_at: at,
    updated_at: at,
  });
}

async function makeTokens(database: Database): Promise<Record<string, string>> {
  const rights = createRights({ environmentProtected: () => true });
  const service = createTokenService({ database, rights, clock: systemClock });
  const person = (id: string): TokenInput => ({
    kind: 'personal',
    name: id,
    person: { id, name: id, email: `${id}@example.com` },
  });
  const inputs: Readonly<Record<string, TokenInput>> = {
    ada: person('ada'),
    checkout: person('checkout'),
    admins: { kind: 'admin', name: 'a', person: { id: 'ada', name: 'Ada', email: 'ada@example.com' } },
    ci: { kind: 'ci', name: 'ci', services: ['other'], branches: ['main'] },
    daemon: { kind: 'daemon', name: 'daemon', environment: 'prod', cluster: 'default' },
  };
  const secrets: Record<string, string> = {};
  for (const [name, input] of Object.entries(inputs))
    secrets[name] = (await service.create({ actor: { kind: 'admin' } }, input)).secret;
  return secrets;
}

const parameters: Readonly<Record<string, string>> = {
  service: 'web',
  environment: 'dev',
  policy: 'no-such-policy',
  buildId: '0'.repeat(20),
};
const ids: Readonly<Record<string, string>> = {
  artifacts: artifact,
  releases: release,
  tokens: `tok_${'0'.repeat(26)}`,
};

/** Whether somebody was let through to the operation; that it then found nothing to do is another matter. */
async function isLetIn(id: OperationId, who: string): Promise<boolean> {
  const { method, path } = operations[id];
  const room = path.split('/')[2] ?? '';
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parameters[name] ?? ids[room] ?? 'x');
  const { body } = needs[id];
  const response = await fetch(opened.url + address, {
    method: method.toUpperCase(),
    headers: {
      authorization: `Bearer ${opened.tokens[who] ?? ''}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined || method === 'get' ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = await response.json();
  if (response.ok) return true;
  const { code, detail } = Problem.parse(answer);
  // A body that is refused before anybody asked who may would prove nothing.
  if (code.startsWith('http.') && needs[id] !== never) throw new Error(`${id}: ${detail}`);
  expect(response.status).toBeLessThan(500);
  return code !== 'access.forbidden' && code !== 'access.caller';
}

const changing = (Object.keys(needs) as OperationId[]).filter((id) => needs[id].acts.length > 0);

async function letIn(who: string): Promise<OperationId[]> {
  const found: OperationId[] = [];
  for (const id of changing) {
    if (id === 'liftQuarantine') await standingQuarantine();
    if (await isLetIn(id, who)) found.push(id);
    if (id === 'setService') await opened.database.db('services').where({ name: 'web' }).update({ owner: 'checkout' });
  }
  return found;
}

/** So that there is one to lift. */
async function standingQuarantine(): Promise<void> {
  const authorization = `Bearer ${adminToken}`;
  const response = await fetch(`${opened.url}/v1/artifacts/${artifact}/quarantine`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ environments: ['dev'], reason: 'for the test' }),
  });
  expect(response.status).toBe(200);
}

const environments = [{ name: 'dev' }, { name: 'prod', protected: true }];
const write = (files: AccessFiles): Promise<void> => opened.write(accessTexts(files, environments));

/** What the files let somebody do, by an independent reading of them. */
function readFrom(files: AccessFiles, id: string): OperationId[] {
  return changing.filter((operation) =>
    needs[operation].acts.every(
      (act) =>
        act.verb !== 'report' &&
        (act.verb === 'own-tokens'
          ? files.people.length === 0 || files.people.some((person) => person.id === id)
          : readsAsAllowed(files, id, act)),
    ),
  );
}

const everyVerb = ['release', 'rollback', 'hold', 'policy', 'approve', 'break-glass', 'admin'];
const people = [
  { id: 'ada', name: 'Ada', teams: ['checkout', 'ghost'] },
  { id: 'bob', name: 'Bob', teams: [] },
];
const files = (...rights: AccessFiles['rights']): AccessFiles => ({ people, teams: ['checkout'], rights });

describe('an operation', () => {
  it('that is not one of reading names the right it needs', () => {
    const unasked = (Object.keys(needs) as OperationId[]).filter(
      (id) => operations[id].method !== 'get' && needs[id].acts.length === 0,
    );
    expect(unasked).toEqual(looks);
  });

  it.each(everyVerb)('lets in whom the file gives %s, and for that only', async (verb) => {
    const given = files({ who: ['ada'], verbs: [verb] });
    await write(given);
    expect(await letIn('ada')).toEqual(readFrom(given, 'ada'));
  });

  it.each<[string, AccessFiles]>([
    ['in another environment', files({ who: ['ada'], verbs: everyVerb, environments: ['prod'] })],
    ['of another team', files({ who: ['ada'], verbs: everyVerb, owners: ['payments'] })],
    ['of another service', files({ who: ['ada'], verbs: everyVerb, services: ['api', 'we', 'web-x'] })],
    ['through a team that nobody declares', files({ who: ['team:ghost'], verbs: everyVerb })],
    ['as somebody else', files({ who: ['bob', 'ada-l'], verbs: everyVerb })],
    ['by an empty list', files({ who: ['ada'], verbs: everyVerb, environments: [] })],
    ['by no list at all', files()],
  ])('lets nobody in who has every right %s', async (_, given) => {
    await write(given);
    expect(await letIn('ada')).toEqual(['revokeToken']);
  });

  it('lets nobody in whom people.yaml does not name, whatever they are called or their token is', async () => {
    const everything = { who: ['*'], verbs: everyVerb };
    await write({
      people: people.slice(1),
      teams: ['checkout'],
      rights: [everything, { ...everything, who: ['ada'] }],
    });
    expect(await letIn('ada')).toEqual([]);
    expect(await letIn('admins')).toEqual([]);
    // Called like a team, and no member of it.
    expect(await letIn('checkout')).toEqual([]);
  });

  it('lets neither CI nor a daemon in for anything but what is their own', async () => {
    await write(files({ who: ['*'], verbs: everyVerb }));
    expect(await letIn('ci')).toEqual([]);
    expect(await letIn('daemon')).toEqual(changing.filter((id) => needs[id] === never));
  });

  it('lets somebody in exactly where an independent reading of the files does', async () => {
    const samples = fc.sample(arbitraryFiles(['dev', 'web', 'checkout', 'payments']), { numRuns: 6, seed: 20_261_121 });
    for (const sample of samples) {
      await write(sample);
      expect([sample, await letIn('ada')]).toEqual([sample, readFrom(sample, 'ada')]);
    }
  });
});

describe('a removal', () => {
  it('counts with the first request after the manager has read it, also in a file that is broken', async () => {
    await write(files({ who: ['ada'], verbs: ['hold'] }));
    expect(await isLetIn('setHold', 'ada')).toBe(true);
    await opened.write({ 'people.yaml': 'people:\n  - { id: bob, name: Bob, team: [checkout] }\n' });
    expect(await isLetIn('setHold', 'ada')).toBe(false);
  });
});

describe('can-i and whoami', () => {
  const ask = async (query: string, who = 'ada'): Promise<unknown> => {
    const headers = { authorization: `Bearer ${opened.tokens[who] ?? ''}` };
    return (await fetch(`${opened.url}/v1/${query}`, { headers })).json();
  };

  it('answer with the rule, its line, and the owner as registered', async () => {
    await write(files({ who: ['team:checkout'], verbs: ['release'], owners: ['checkout'] }));
    const source = { file: 'release-manager.yaml', line: 1 };
    expect(await ask('can-i?verb=promote&environment=prod&service=web')).toEqual({
      allowed: true,
      verb: 'release',
      environment: 'prod',
      service: 'web',
      owner: 'checkout',
      rule: 'team:checkout may release for owners checkout',
      source,
    });
    expect(await ask('can-i?verb=quarantine&environment=dev&service=web')).toMatchObject({
      allowed: false,
      verb: 'rollback',
      source,
      next: expect.stringContaining(
        '- { who: [ada], verbs: [rollback], environments: [dev], services: [web] }',
      ) as string,
    });
    expect(await ask('whoami')).toMatchObject({ actor: { name: 'ada' }, teams: ['checkout'] });
  });

  it('say what is broken, and doctor with them', async () => {
    await write(files({ who: ['ada'], verbs: ['hold'] }));
    await opened.write({ 'release-manager.yaml': JSON.stringify({ environments, rights: [{ who: ['ada'] }] }) });
    const notices = [expect.stringMatching(/^release-manager\.yaml is broken at line 1: .* count\.$/) as string];
    expect(await ask('whoami')).toMatchObject({ notices });
    expect(await ask('can-i?verb=hold&environment=dev')).toMatchObject({
      allowed: true,
      notices,
      source: { commit: expect.stringMatching(/^[0-9a-f]{40}$/) as string },
    });
    expect(await ask('doctor')).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ name: 'people and rights', status: 'warning', message: notices[0] }),
      ]) as unknown,
    });
  });

  it('the line of an environment that is protected stands behind the default', async () => {
    const main = 'environments:\n  - { name: dev }\n  - { name: prod, protected: true }\n';
    await opened.write({ 'release-manager.yaml': main, 'people.yaml': 'people: []\n' });
    expect(await ask('can-i?verb=release&environment=prod')).toMatchObject({
      allowed: false,
      rule: 'prod is protected: only administrators may release there',
      source: { file: 'release-manager.yaml', line: 3 },
    });
  });
});
