import { operations, Problem, type OperationId } from '@release-manager/contract';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Act } from './features/access/judgement.ts';
import {
  accessTexts,
  arbitraryFiles,
  readsAsAllowed,
  type AccessFiles,
} from './features/access/naive-reading.testing.ts';
import { adminToken } from './testing/composed-api.ts';
import { openWholeApi, subjects, type WholeApi } from './testing/whole-api.ts';

const { artifact, release, delivery, source, ci, spec } = subjects;
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
  listCrashLogs: reading,
  requestLogs: { acts: [], body: {} },
  showLogs: reading,
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
  listDeliveries: reading,
  retryDelivery: { acts: [{ verb: 'release', ...webInDev }] },
  showStatus: reading,
  explainEnvironment: reading,
  showWhere: reading,
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
  showFluxSecret: { acts: [{ verb: 'admin', environment: 'dev' }] },
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
const looks: readonly OperationId[] = ['planRelease', 'requestLogs'];

let opened: WholeApi;
beforeAll(async () => {
  opened = await openWholeApi();
});
afterAll(() => opened.close());

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
  deliveries: delivery,
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

describe('the built-in config repo', () => {
  const mayPush = async (): Promise<boolean> => {
    const address = `${opened.url}/git/config.git/info/refs?service=git-receive-pack`;
    const authorization = `Basic ${btoa(`x:${opened.tokens['ada'] ?? ''}`)}`;
    const response = await fetch(address, { headers: { authorization } });
    await response.arrayBuffer();
    return response.ok;
  };

  it.each<[boolean, string, AccessFiles]>([
    [true, 'administrators', files({ who: ['ada'], verbs: ['admin'] })],
    [false, 'those of some services', files({ who: ['ada'], verbs: ['admin'], services: ['*'] })],
    [false, 'those of an environment', files({ who: ['ada'], verbs: ['admin'], environments: ['*'] })],
    [false, 'who has everything else', files({ who: ['ada'], verbs: everyVerb.filter((verb) => verb !== 'admin') })],
    [false, 'who is not named any more', { ...files({ who: ['*'], verbs: ['admin'] }), people: people.slice(1) }],
  ])('lets push: %s, %s', async (expected, _, given) => {
    await write(given);
    expect(await mayPush()).toBe(expected);
  });
});

describe('a refusal', () => {
  it('names the rule, the file and line it comes from, and the way out', async () => {
    const main = 'environments: [{ name: dev }]\nrights:\n\n  - { who: [ada], verbs: [hold], services: [api] }\n';
    await opened.write({ 'release-manager.yaml': main, 'people.yaml': 'people: []\n' });
    const response = await fetch(`${opened.url}/v1/services/web/environments/dev/hold`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${opened.tokens['ada'] ?? ''}`, 'content-type': 'application/json' },
      body: JSON.stringify({ reason: 'a try' }),
    });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      code: 'access.forbidden',
      detail:
        'ada may not hold web in dev: the right of line 4 does not speak of the service web. ' +
        'Rule: the nearest right says that ada may hold for services api (release-manager.yaml:4).',
      next: 'have somebody add this line to release-manager.yaml, below rights: - { who: [ada], verbs: [hold], environments: [dev], services: [web] }',
      details: { verb: 'hold', source: { file: 'release-manager.yaml', line: 4 } },
    });
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
