import { buildId } from '@release-manager/contract';
import { artifactId } from '@release-manager/domain';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { adminToken, openComposedApi, type ComposedApi } from './testing/composed-api.ts';

/** What each pattern covers, written down by hand: the code under test is not asked. */
const services: Readonly<Record<string, readonly string[]>> = {
  web: ['web'],
  'web-*': ['web-api'],
  'we*': ['web', 'web-api', 'webx'],
  '*': ['web', 'web-api', 'webx', 'api'],
  api: ['api'],
};
const branches: Readonly<Record<string, readonly string[]>> = {
  main: ['main'],
  'release/*': ['release/1'],
  'release/**': ['release/1', 'release/1/x'],
  '*': ['main', 'main-x', 'Main'],
  '**': ['main', 'main-x', 'Main', 'release/1', 'release/1/x', 'feature/x'],
};
const serviceNames = services['*'] ?? [];
const branchNames = branches['**'] ?? [];

const sha = 'a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2';

let api: ComposedApi;

beforeAll(async () => {
  api = await openComposedApi();
});
afterAll(() => api.close());

interface Answer {
  readonly status: number;
  readonly code: unknown;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(token: string, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, code: answer['code'], body: answer };
}

let made = 0;
/** A ci token made the way an administrator makes one; its name is in every ledger entry of what it did. */
async function token(forServices: readonly string[], forBranches: readonly string[]) {
  made += 1;
  const name = `ci-${made}`;
  const input = { kind: 'ci', name, services: forServices, branches: forBranches };
  const { body, status } = await call(adminToken, 'POST', '/v1/tokens', input);
  if (status !== 201) throw new Error(JSON.stringify(body));
  return { name, secret: String(body['secret']) };
}

const source = (service: string, branch: string) => ({
  repository: `https://github.com/shop/${service}`,
  branch,
  sha,
  author: { name: 'Ada L.', email: 'ada@example.com' },
});
const spec = (service: string, branch: string) => {
  const files = [{ path: 'dev/config.yaml', content: Buffer.from(service) }];
  return {
    schemaVersion: 1,
    id: artifactId({ service, branch, sha }, files),
    service,
    namespaces: { default: 'shop' },
    source: source(service, branch),
  };
};
const announced = (service: string, branch: string, more: object = {}) => ({
  spec: { ...spec(service, branch), ...more },
  size: 100,
  sha256: 'b'.repeat(64),
});
const ci = (service: string, branch: string) => ({
  provider: 'ci',
  jobUrl: `https://ci.example.com/${service}/${branch}`,
});

const check = { kind: 'scan', name: 'images', status: 'passed' };

/** Every way in which CI speaks, and how the API answers whoever may. */
const ways: Readonly<
  Record<string, { may: number; say: (secret: string, service: string, branch: string) => Promise<Answer> }>
> = {
  'registers an artifact': {
    may: 201,
    say: (secret, service, branch) => call(secret, 'POST', '/v1/artifacts', announced(service, branch)),
  },
  'adds checks to an artifact that is there': {
    may: 201,
    async say(secret, service, branch) {
      await call(adminToken, 'POST', '/v1/artifacts', announced(service, branch));
      return call(secret, 'POST', '/v1/artifacts', announced(service, branch, { checks: [check] }));
    },
  },
  'says that an artifact was uploaded': {
    // Nothing was.
    may: 409,
    async say(secret, service, branch) {
      await call(adminToken, 'POST', '/v1/artifacts', announced(service, branch));
      return call(secret, 'POST', `/v1/artifacts/${spec(service, branch).id}/complete`, {});
    },
  },
  'reports a build': {
    may: 200,
    say: (secret, service, branch) =>
      call(secret, 'PUT', `/v1/builds/${service}/${buildId(ci(service, branch))}`, {
        source: source(service, branch),
        ci: ci(service, branch),
        checks: [check],
      }),
  },
};

const some = (patterns: Readonly<Record<string, unknown>>) =>
  fc.uniqueArray(fc.constantFrom(...Object.keys(patterns)), { minLength: 1, maxLength: 2 });
const covers = (
  table: Readonly<Record<string, readonly string[]>>,
  patterns: readonly string[],
  name: string,
): boolean => patterns.some((pattern) => table[pattern]?.includes(name) === true);

it('A7 a ci token speaks for its services and its branches only, whichever way it takes', async () => {
  const cases = fc.record({
    forServices: some(services),
    forBranches: some(branches),
    service: fc.constantFrom(...serviceNames),
    branch: fc.constantFrom(...branchNames),
    way: fc.constantFrom(...Object.keys(ways)),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ forServices, forBranches, service, branch, way }) => {
      const { name, secret } = await token(forServices, forBranches);
      const { may, say } = ways[way] ?? { may: 0, say: () => Promise.reject(new Error(way)) };
      const answer = await say(secret, service, branch);
      const isCovered = covers(services, forServices, service) && covers(branches, forBranches, branch);
      expect([answer.status, isCovered ? '' : answer.code]).toEqual(isCovered ? [may, ''] : [403, 'access.forbidden']);
      const traces = await api.database.db('ledger').where({ actor_name: `ci:${name}` });
      expect(isCovered ? [] : traces).toEqual([]);
    }),
    { numRuns: 80 },
  );
}, 120_000);

it('A7 a build of another branch or service lends nothing to an artifact', async () => {
  const { secret } = await token(['web'], ['main']);
  const foreign = buildId(ci('api', 'main'));
  await ways['reports a build']?.say(adminToken, 'api', 'main');
  const asOwn = await call(secret, 'POST', '/v1/artifacts', { ...announced('web', 'main'), buildId: foreign });
  expect((asOwn.body['artifact'] as { spec?: { checks?: unknown } } | undefined)?.spec?.checks ?? []).toEqual([]);
  const builds = await api.database.db('builds').where({ service: 'api', id: foreign });
  expect(builds).toMatchObject([{ state: 'running' }]);
  const other = buildId(ci('web', 'feature/x'));
  await ways['reports a build']?.say(adminToken, 'web', 'feature/x');
  const refused = await call(secret, 'POST', '/v1/artifacts', { ...announced('web', 'main'), buildId: other });
  expect([refused.status, refused.code]).toEqual([409, 'build.other-source']);
});

it('A7 a ci token does nothing but upload and read, whatever its patterns', async () => {
  const { secret } = await token(['*'], ['**']);
  const request = { service: 'web', environments: ['dev'], branch: 'main' };
  for (const [method, path, body] of [
    ['POST', '/v1/releases', request],
    ['POST', '/v1/tokens', { kind: 'ci', name: 'more', services: ['*'], branches: ['**'] }],
    ['POST', '/v1/services', { name: 'new', namespaces: { default: 'shop' } }],
  ] as const)
    expect((await call(secret, method, path, body)).status).toBe(403);
});
