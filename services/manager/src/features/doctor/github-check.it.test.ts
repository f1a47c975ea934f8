import { AppError } from '@release-manager/domain';
import type { GithubAccess } from '@release-manager/github';
import { jsonb } from '@release-manager/postgres';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { runCheck } from './doctor-check.ts';
import { checkGithub, checkSources } from './github-check.ts';

const granted = { contents: 'read', pull_requests: 'write', deployments: 'write', checks: 'write' };
const access: GithubAccess = { as: 'the App rm', isApp: true, permissions: granted, rate: undefined, clockSeconds: 1 };
const resetAt = new Date('2026-05-04T11:00:00Z');
const finding = async (over: Partial<GithubAccess> | AppError) => {
  const checkAccess = () => (over instanceof AppError ? Promise.reject(over) : Promise.resolve({ ...access, ...over }));
  const [check] = await runCheck('github', () => checkGithub({ checkAccess }));
  return check;
};

describe('github', () => {
  it.each([
    ['credentials that count', {}, 'ok', 'the App rm counts'],
    [
      'a token with requests left',
      { as: 'a token', isApp: false, permissions: undefined, rate: { remaining: 4000, limit: 5000, resetAt } },
      'ok',
      '4000 of 5000 requests left',
    ],
    [
      'a limit that is nearly used up',
      { rate: { remaining: 12, limit: 5000, resetAt } },
      'warning',
      '12 of 5000 requests are left until 2026-05-04T11:00',
    ],
    ['a permission that is missing', { permissions: { metadata: 'read' } }, 'failed', 'may not read the contents'],
    [
      'a token, which may make no check runs',
      { as: 'a token', isApp: false, permissions: undefined },
      'ok',
      'the check “release plan” is a commit status',
    ],
    [
      'permissions without which something is not shown',
      { permissions: { contents: 'read', pull_requests: 'write', deployments: 'read' } },
      'warning',
      'no deployments, no check “release plan”',
    ],
    ['clocks that are apart', { clockSeconds: -95 }, 'warning', '95 s apart'],
    [
      'credentials that do not count',
      new AppError('unavailable', 'github.refused', 'GitHub refuses our credentials'),
      'failed',
      'refuses our credentials',
    ],
  ] as const)('%s', async (_, over, status, words) => {
    const check = await finding(over);
    expect(check?.status).toBe(status);
    expect(check?.message).toContain(words);
  });
});

describe('sources', () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
  });
  afterAll(() => test.drop());

  it('says how many wait for long, and for what', async () => {
    const now = new Date('2026-05-04T10:00:00Z');
    expect(await checkSources(test.database, now)).toMatchObject({ status: 'ok' });
    const at = new Date(now.getTime() - 3_600_000);
    await test.database.db('services').insert({
      name: 'web',
      namespaces: jsonb({ default: 'shop' }),
      registered_at: at,
      registered_by: jsonb({ kind: 'manager' }),
      updated_at: at,
    });
    await test.database.db('artifacts').insert({
      id: 'main-0123456789-abcdef0123',
      service: 'web',
      branch: 'main',
      sha: 'a'.repeat(40),
      state: 'ready',
      spec: jsonb({}),
      zip_sha256: '',
      zip_size: 1,
      registered_by: jsonb({ kind: 'manager' }),
      registered_at: at,
      updated_at: at,
      source_proof: jsonb({ state: 'waiting', says: 'GitHub answered 503', at: at.toISOString() }),
    });
    const found = await checkSources(test.database, now);
    expect(found).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('GitHub answered 503') as string,
    });
  });
});
