import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AppError } from '@release-manager/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { version } from '../../core/version.ts';
import { fakeManager } from '../../testing/fake-manager.ts';
import { runInTest } from '../../testing/run-in-test.ts';
import { judgeClock, judgeToken, judgeVersions } from './manager-checks.ts';

const date = 'Sat, 21 Nov 2026 09:00:00 GMT';
const elsewhere = (): Response => new Response('ok', { headers: { date } });
const whoami = () => ({ actor: { kind: 'person', name: 'ada' } }) as const;
const showVersion = () => ({ version });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  await writeFile(join(folder, 'release.yaml'), 'service: web\nnamespace: shop\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a table of everything, what to do below it, and a count', async () => {
  const { fetch } = fakeManager({
    whoami,
    showVersion,
    elsewhere,
    runDoctor: () => ({
      checks: [
        { name: 'database', status: 'ok', message: 'Postgres 18' },
        { name: 'tokens', status: 'warning', message: 'two expire soon', next: 'make new ones' },
      ],
    }),
  });
  const { code, out, err } = await runInTest(['doctor'], { fetch, cwd: folder });
  expect(code).toBe(0);
  expect(out).toMatch(/^STATUS +CHECK +SAYS\n/);
  expect(out).toMatch(/\nok +manager +http:\/\/manager\.test \(from environment\), as ada\n/);
  expect(out).toMatch(/\nok +release\.yaml +.*release\.yaml: web\n/);
  expect(out).toMatch(/\nok +clock +that of the manager says the same\n/);
  expect(out).toMatch(/\nwarning +tokens +two expire soon\n +→ make new ones\n/);
  expect(err).toContain('0 failed, 2 warnings');
  expect(out).toContain('in the clear');
});

test('ends with 1 when something failed, as data as well', async () => {
  const { fetch } = fakeManager({
    whoami,
    showVersion,
    elsewhere,
    runDoctor: () => ({ checks: [{ name: 'queue', status: 'failed', message: 'it stands', next: 'push it' }] }),
  });
  const { code, out } = await runInTest(['doctor', '-o', 'json'], { fetch, cwd: folder });
  expect(code).toBe(1);
  const { checks } = JSON.parse(out) as { checks: unknown[] };
  expect(checks).toContainEqual({ name: 'queue', status: 'failed', message: 'it stands', next: 'push it' });
});

test('a manager that is away is said once', async () => {
  const { code, out } = await runInTest(['doctor', '--json'], { cwd: folder });
  expect(code).toBe(1);
  const { checks } = JSON.parse(out) as { checks: { name: string; status: string }[] };
  expect(checks.filter(({ status }) => status === 'failed')).toMatchObject([{ name: 'manager' }]);
});

test('a release.yaml that is broken; a ci token sees its own side only', async () => {
  const broken = await mkdtemp(join(folder, 'sub-'));
  await writeFile(join(broken, 'release.yaml'), 'service: Web_1\n');
  const { fetch } = fakeManager({
    whoami,
    showVersion,
    elsewhere,
    runDoctor() {
      throw new AppError('forbidden', 'access.forbidden', 'not for ci');
    },
  });
  const { code, out } = await runInTest(['doctor', '--json'], { fetch, cwd: broken });
  expect(code).toBe(1);
  const { checks } = JSON.parse(out) as { checks: { name: string; status: string }[] };
  expect(checks.filter(({ status }) => status === 'failed')).toMatchObject([{ name: 'release.yaml' }]);
});

test('versions, tokens and clocks', () => {
  expect(judgeVersions('1.0.0', '1.0.0', 'https://m').status).toBe('ok');
  expect(judgeVersions('1.0.0', '1.1.0', 'https://m')).toMatchObject({
    status: 'warning',
    next: expect.stringContaining('https://m/cli') as string,
  });
  const now = new Date('2026-11-21T09:00:00Z');
  expect(judgeToken(undefined, now, 'https://m').status).toBe('ok');
  expect(judgeToken('2027-11-21T09:00:00Z', now, 'https://m').status).toBe('ok');
  expect(judgeToken('2026-11-24T10:00:00Z', now, 'https://m').message).toMatch(/^expires in 3 days/);
  expect(judgeClock(2000).status).toBe('ok');
  expect(judgeClock(120_000).message).toBe('this machine is 120 s ahead of the manager');
  expect(judgeClock(-120_000).message).toBe('this machine is 120 s behind the manager');
});
