import { expect, test } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { artifactId, ledgerEntry, releaseView } from '../../testing/views.ts';

const at = '2026-11-21T08:00:00Z';

test('status: what is where, what is on its way, over all pages, and hostile messages tamed', async () => {
  const service = (name: string): object => ({
    service: name,
    environments: [
      {
        environment: 'dev',
        current: {
          artifact: artifactId,
          release: releaseView({ state: 'healthy', ended: true }),
          message: 'fix\u001B[31m cart\nmore',
        },
        pending: [releaseView()],
      },
      { environment: 'prod', pending: [] },
    ],
  });
  const { fetch, calls } = fakeManager({
    showStatus: (input) =>
      (input['cursor'] === undefined
        ? { items: [service('api')], nextCursor: 'more' }
        : { items: [service('web')] }) as never,
  });
  const { code, out } = await runInTest(['status', '--all'], { fetch });
  expect(code).toBe(0);
  expect(calls).toHaveLength(2);
  expect(out).not.toContain('\u001B');
  const rows = out
    .trim()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(rows[0]).toEqual(['SERVICE', 'ENVIRONMENT', 'ARTIFACT', 'STATE', 'BY', 'SINCE', 'MESSAGE']);
  expect(rows[1]).toEqual(['api', 'dev', artifactId, 'healthy', 'ada', '1 h ago', 'fix cart']);
  expect(rows[2]).toEqual(['api', 'dev', `→ ${artifactId}`, 'queued', 'ada', '1 h ago', 'waits for the writer']);
  expect(rows[3]).toEqual(['api', 'prod', '-']);
  expect(rows).toHaveLength(7);
});

test('history in words, and that it was cut', async () => {
  const entry = ledgerEntry('1');
  const item = {
    id: '7',
    at: entry.at,
    kind: entry.kind,
    who: entry.actor,
    says: 'ada released it',
    rules: [],
    entries: [],
  };
  const { fetch, calls } = fakeManager({ showHistory: () => ({ items: [item], nextCursor: '7' }) });
  const line = ['history', 'dev', '--service', 'web', '--limit', '1', '--since', '2d', '--before', '9'];
  const { out, err } = await runInTest(line, { fetch });
  expect(out).toContain('ada released it');
  expect(err).toContain('--before 7');
  expect(calls).toHaveLength(1);
});

test('why: the rules with file and line, and the way out', async () => {
  const { fetch } = fakeManager({
    explainEnvironment: () => ({
      status: { environment: 'prod', pending: [] },
      now: [
        {
          branch: 'main',
          automatic: true,
          says: 'it would wait',
          decision: {
            verdict: 'waiting',
            opinions: [
              {
                rule: 'freeze-window',
                verdict: 'waits',
                explanation: 'until Monday',
                source: { file: 'release-manager.yaml', line: 9 },
                next: 'wait',
              },
            ],
          },
        },
      ],
      problems: [{ file: 'policies/web.yaml', line: 3, message: 'no such kind' }],
    }),
  });
  const { out } = await runInTest(['why', 'prod', '--service', 'web'], { fetch });
  expect(out).toContain('web in prod: not there');
  expect(out).toContain('freeze-window waits: until Monday (release-manager.yaml:9)');
  expect(out).toContain('broken policies/web.yaml:3 no such kind');
});

test('the secret of a token stands alone on stdout', async () => {
  const { fetch, calls } = fakeManager({
    createToken: (input) => ({
      secret: 'rm_secret',
      token: {
        id: 'tok_1',
        kind: 'personal',
        name: String(input['name']),
        services: [],
        branches: [],
        createdAt: at,
        expiresAt: at,
      },
    }),
  });
  const line = ['token', 'create', 'personal', '--person', 'ada', '--name', 'Ada L.', '--email', 'ada@example.com'];
  const { out, err } = await runInTest(line, { fetch });
  expect(out).toBe('rm_secret\n');
  expect(err).not.toContain('rm_secret');
  expect(calls[0]?.input).toEqual({
    kind: 'personal',
    name: 'ada',
    person: { id: 'ada', name: 'Ada L.', email: 'ada@example.com' },
  });
});

test('the other kinds of token', async () => {
  const { fetch, calls } = fakeManager({});
  await runInTest(['token', 'create', 'ci', '--name', 'web', '--services', 'web,api*', '--branches', '**'], { fetch });
  await runInTest(['token', 'create', 'daemon', '--env', 'prod', '--expires-in', '30'], { fetch });
  expect(calls.map(({ input }) => input)).toEqual([
    { kind: 'ci', name: 'web', services: ['web', 'api*'], branches: ['**'] },
    { kind: 'daemon', name: 'prod/default', environment: 'prod', cluster: 'default', expiresInDays: 30 },
  ]);
  expect((await runInTest(['token', 'create', 'ci', '--name', 'web'], { fetch })).code).toBe(2);
  expect((await runInTest(['token', 'create', 'root'], { fetch })).code).toBe(2);
});

test('policies as the file wants them', async () => {
  const { fetch, calls } = fakeManager({ applyPolicy: () => ({ changed: true, message: 'committed' }) });
  await runInTest(['policy', 'apply', 'auto-release', '--branch', 'main', '--env', 'dev', '--service', 'web'], {
    fetch,
  });
  await runInTest(
    ['policy', 'apply', 'soak', '--env', 'prod', '--set', 'minutes=30', '--set', 'days=[mon, tue]', '--service', 'web'],
    { fetch },
  );
  expect(calls.map(({ input }) => input['policy'])).toEqual([
    { kind: 'auto-release', branch: 'main', environment: 'dev' },
    { kind: 'soak', environment: 'prod', minutes: 30, days: ['mon', 'tue'] },
  ]);
});

test('services', async () => {
  const { fetch, calls } = fakeManager({
    addService: (input) => ({
      name: String(input['name']),
      namespaces: { default: 'shop' },
      paths: [],
      links: {},
      registeredAt: at,
    }),
  });
  const { code } = await runInTest(
    ['service', 'add', 'web', '--namespace', 'shop', '--namespace-in', 'dev=shop-dev', '--owner', 'checkout'],
    { fetch },
  );
  expect(code).toBe(0);
  expect(calls[0]?.input).toEqual({ name: 'web', namespaces: { default: 'shop', dev: 'shop-dev' }, owner: 'checkout' });
  expect((await runInTest(['service', 'set', 'web'], { fetch })).code).toBe(2);
});

test('undeploy asks on a terminal, and no is no', async () => {
  const { fetch, calls } = fakeManager({});
  const { code, err } = await runInTest(['undeploy', 'dev', '--service', 'web'], { fetch, terminal: true, typed: 'n' });
  expect(code).toBe(1);
  expect(err).toContain('Take web out of dev?');
  expect(calls).toEqual([]);
});

test('YAML for those who like it, colour for those who force it', async () => {
  const { fetch } = fakeManager({ whoami: () => ({ actor: { kind: 'person', name: 'ada' } }) });
  expect((await runInTest(['whoami', '-o', 'yaml'], { fetch })).out).toContain('actor:\n  kind: person\n  name: ada\n');
  const { fetch: status } = fakeManager({
    showStatus: () => ({
      items: [
        {
          service: 'web',
          environments: [
            { environment: 'dev', current: { artifact: artifactId, release: releaseView() }, pending: [] },
          ],
        },
      ],
    }),
  });
  expect((await runInTest(['status', '--all'], { fetch: status, env: { FORCE_COLOR: '1' } })).out).toContain(
    '\u001B[36mqueued',
  );
  const both = { FORCE_COLOR: '1', NO_COLOR: '1' };
  expect((await runInTest(['status', '--all'], { fetch: status, env: both, terminal: true })).out).not.toContain(
    '\u001B',
  );
});

test('nothing answers: what to check, and no token in it', async () => {
  const { code, err } = await runInTest(['whoami']);
  expect(code).toBe(1);
  expect(err).toContain('No manager answers at http://manager.test');
  expect(err).not.toContain('rm_test_token');
});
