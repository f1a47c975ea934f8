import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AppError } from '@release-manager/domain';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { fakeManager } from '../../testing/fake-manager.ts';
import { managerUrl, runInTest } from '../../testing/run-in-test.ts';

const actor = { kind: 'person', name: 'ada' } as const;
let home = '';
let none: Record<string, string> = {};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cli-home-'));
  none = { XDG_CONFIG_HOME: home, RELEASE_MANAGER_URL: '', RELEASE_MANAGER_TOKEN: '' };
});
afterEach(() => rm(home, { recursive: true, force: true }));

test('without any configuration the error names login, and it is 4', async () => {
  const { code, err } = await runInTest(['status', '--all'], { env: none });
  expect(code).toBe(4);
  expect(err).toContain('release-cli login <url>');
});

test('login tries the token, stores it for its owner alone, and the next command uses it', async () => {
  const { fetch, calls } = fakeManager({ whoami: () => ({ actor }) });
  const login = await runInTest(['login', `${managerUrl}/`, '--token-stdin'], {
    env: none,
    fetch,
    typed: 'rm_stored_token\n',
  });
  expect(login.code).toBe(0);
  expect(login.err).toContain('in the clear');
  expect(login.out + login.err).not.toContain('rm_stored_token');
  const path = join(home, 'release-cli/config.json');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ url: managerUrl, token: 'rm_stored_token' });
  expect((await runInTest(['whoami'], { env: none, fetch })).out).toContain(`ada (person) at ${managerUrl}`);
  expect(calls.map(({ token }) => token)).toEqual(['Bearer rm_stored_token', 'Bearer rm_stored_token']);
  expect((await runInTest(['logout'], { env: none })).code).toBe(0);
  expect((await runInTest(['whoami'], { env: none, fetch })).code).toBe(4);
});

test('a stored token goes to its own manager and to no other', async () => {
  const { fetch, calls } = fakeManager({ whoami: () => ({ actor }) });
  await runInTest(['login', managerUrl, '--token-stdin'], { env: none, fetch, typed: 'rm_stored_token' });
  const { code, err } = await runInTest(['whoami', '--url', 'http://evil.test'], { env: none, fetch });
  expect(code).toBe(4);
  expect(err).toContain('There is no token for http://evil.test');
  expect(calls).toHaveLength(1);
});

test('a token that does not count is not stored', async () => {
  const { fetch } = fakeManager({
    whoami() {
      throw new AppError('unauthenticated', 'token.unknown', 'The token does not count.');
    },
  });
  const { code } = await runInTest(['login', managerUrl, '--token-stdin'], {
    env: none,
    fetch,
    typed: 'rm_wrong_token',
  });
  expect(code).toBe(4);
  expect((await runInTest(['whoami'], { env: none })).code).toBe(4);
});

test('on a terminal it asks; off one it says how to give the token', async () => {
  const { fetch } = fakeManager({ whoami: () => ({ actor }) });
  expect((await runInTest(['login', managerUrl], { env: none, fetch })).code).toBe(2);
  expect(
    (await runInTest(['login', managerUrl], { env: none, fetch, terminal: true, typed: 'rm_typed_token' })).code,
  ).toBe(0);
});

test.each(['ftp://x', 'http://user:secret@x', 'x', 'http://x?token=secret'])(
  '%s is no address, and is not repeated',
  async (url) => {
    const { code, err } = await runInTest(['login', url, '--token-stdin'], { env: none, typed: 'rm_some_token' });
    expect(code).toBe(1);
    expect(err).not.toContain('secret');
  },
);
