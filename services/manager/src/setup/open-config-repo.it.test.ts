import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Oid } from '@release-manager/git';
import { createLifecycle, createRedactor, silentLogger, type Lifecycle } from '@release-manager/runtime';
import { sshServerIsInstalled, startGitServer, startSshServer, type GitServer } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { readConfig } from '../config.ts';
import { openConfigRepo } from './open-config-repo.ts';

const run = promisify(execFile);

let folder: string;
let git: GitServer;
let lifecycle: Lifecycle;
const redactor = createRedactor();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'open-config-repo-'));
  git = await startGitServer();
  await git.create('config');
  lifecycle = createLifecycle({ logger: silentLogger, process: { on: () => undefined, exit: () => undefined } });
});
afterEach(async () => {
  await lifecycle.stop('the test is over');
  await git.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

const now = (): Date => new Date();
const identity = { name: 'release-manager', email: 'manager@example.com' };
const open = (environment: Record<string, string>) =>
  openConfigRepo(readConfig({ DATA_DIR: join(folder, 'data'), ...environment }), {
    stopping: new AbortController().signal,
    lifecycle,
    redactor,
    identity,
    now,
  });

async function makeKey(name: string): Promise<string> {
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  return readFile(join(folder, name), 'utf8');
}

test.skipIf(!sshServerIsInstalled && process.env['CI'] !== 'true')(
  'the config repo over ssh with signed commits: every setting from a file, and no key left after the stop (needs /usr/sbin/sshd)',
  async () => {
    const ssh = await startSshServer();
    const files = { key: ssh.clientKey, hosts: ssh.knownHosts, signing: await makeKey('signing') };
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    const { mirror, description } = await open({
      CONFIG_REPO_URL: ssh.url(git.path('config')),
      CONFIG_REPO_SSH_KEY_FILE: join(folder, 'key'),
      CONFIG_REPO_KNOWN_HOSTS_FILE: join(folder, 'hosts'),
      COMMIT_SIGNING_KEY_FILE: join(folder, 'signing'),
    });
    const writer = mirror.writer(await mirror.fetch());
    const signature = { ...identity, at: now() };
    await writer.commit([{ kind: 'put', path: 'a', content: Buffer.from('a') }], {
      message: 'a',
      author: signature,
      committer: signature,
    });
    await writer.flush();

    expect(await mirror.push(undefined, writer.tip as Oid)).toBe('landed');

    await writeFile(join(folder, 'allowed'), `* ${await readFile(join(folder, 'signing.pub'), 'utf8')}`);
    const allowed = `gpg.ssh.allowedSignersFile=${join(folder, 'allowed')}`;
    await expect(git.git('config', '-c', allowed, 'verify-commit', 'main')).resolves.toBe('');
    expect(description).not.toContain('@');
    for (const key of [files.key, files.signing])
      for (const line of key.split('\n').filter((each) => each.length > 40 && !each.startsWith('-')))
        expect(redactor.redact({ said: `ssh said ${line}` })).not.toEqual({
          said: expect.stringContaining(line) as string,
        });
    await lifecycle.stop('the test is over');
    expect(await readdir(join(folder, 'data', 'keys'))).toEqual([]);
    await ssh.stop();
  },
);

test('the built-in repository begins with a signed commit when a key is set', async () => {
  const { servedFrom } = await open({ COMMIT_SIGNING_KEY: await makeKey('signing') });

  const { stdout } = await run('git', ['-C', join(servedFrom ?? '', 'config.git'), 'cat-file', 'commit', 'main']);

  expect(stdout).toContain('gpgsig -----BEGIN SSH SIGNATURE-----');
});

describe('settings that do not fit together stop the start and say what to set', () => {
  const remote = { CONFIG_REPO_URL: 'ssh://git@git.example.com/config.git' };
  const hosts = { CONFIG_REPO_KNOWN_HOSTS: `git.example.com ssh-ed25519 ${'A'.repeat(68)}` };

  test.each([
    ['no key', remote, 'set CONFIG_REPO_SSH_KEY'],
    ['no known hosts', { ...remote, CONFIG_REPO_SSH_KEY: 'x' }, 'ssh-keyscan'],
    ['a token too', { ...remote, ...hosts, CONFIG_REPO_SSH_KEY: 'x', CONFIG_REPO_TOKEN: 't' }, 'CONFIG_REPO_TOKEN'],
    ['a key for https', { CONFIG_REPO_URL: 'https://git.example.com/c.git', CONFIG_REPO_SSH_KEY: 'x' }, 'ssh://'],
  ])('%s', async (_what, environment, next) => {
    await expect(open(environment)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'config.config-repo',
      next: expect.stringContaining(next) as string,
    });
  });

  test('a key that is none', async () => {
    await expect(open({ ...remote, ...hosts, CONFIG_REPO_SSH_KEY: 'not a key' })).rejects.toMatchObject({
      code: 'git.bad-key',
    });
  });
});
