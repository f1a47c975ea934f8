import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startGitServer, type GitServer } from '@release-manager/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';

import { runInTest, type TestRun } from '../../testing/run-in-test.ts';

const run = promisify(execFile);
let server: GitServer;
let folder = '';
let env: Record<string, string> = {};

beforeAll(async () => {
  server = await startGitServer({ token: 's3cret' });
});
afterAll(() => server.stop());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-init-'));
  await writeFile(
    join(folder, '.gitconfig'),
    '[user]\n\tname = Ada Lovelace\n\temail = ada@example.com\n[init]\n\tdefaultBranch = trunk\n',
  );
  env = { HOME: folder, GIT_CONFIG_NOSYSTEM: '1', RELEASE_MANAGER_URL: '', RELEASE_MANAGER_TOKEN: '' };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function git(cwd: string, ...args: string[]): Promise<string> {
  return (await run('git', args, { cwd, env: { ...env, PATH: process.env['PATH'] ?? '' } })).stdout;
}

function init(...argv: string[]): Promise<TestRun> {
  return runInTest(['init', ...argv], { cwd: folder, env });
}

function address(name: string): string {
  return server.url(name).replace('http://', 'http://ada:s3cret@');
}

test('an empty repository by its address: pushed to main in the name of the caller, without a manager', async () => {
  await server.create('empty');
  const { code, out, err } = await init(address('empty'), '--environments', 'dev,prod');
  expect(err).toContain('committed and pushed to main');
  expect(code).toBe(0);
  expect(out).toContain('kubectl apply -f');
  expect(out + err).not.toContain('s3cret');
  const files = await server.git('empty', 'ls-tree', '-r', '--name-only', 'main');
  expect(files.split('\n')).toEqual(expect.arrayContaining(['release-manager.yaml', 'people.yaml']));
  const config = await server.git('empty', 'show', 'main:release-manager.yaml');
  expect(config).toContain('{ name: dev }');
  expect(config).toContain('{ name: prod, protected: true }');
  expect(await server.git('empty', 'log', '--format=%an <%ae> %cn', 'main')).toBe(
    'Ada Lovelace <ada@example.com> Ada Lovelace\n',
  );
  for (const path of files.trim().split('\n'))
    expect(await server.git('empty', 'show', `main:${path}`)).not.toContain('s3cret');
});

test('a repository with content keeps what it has, and a second time nothing is done', async () => {
  await server.create('full');
  await git(folder, 'clone', '--quiet', address('full'), 'clone');
  const clone = join(folder, 'clone');
  await writeFile(join(clone, 'README.md'), 'ours\n');
  await writeFile(join(clone, 'mine.txt'), 'not yours to commit\n');
  await git(clone, 'checkout', '--quiet', '-B', 'main');
  await git(clone, 'add', 'README.md');
  await git(clone, 'commit', '--quiet', '--message', 'first');
  await git(clone, 'push', '--quiet', 'origin', 'main');
  await git(clone, 'add', 'mine.txt');

  const inClone = await init('clone', '--no-push', '--yes');
  expect(inClone.err).toContain('not pushed (--no-push)');
  expect(await git(clone, 'show', '--name-only', '--format=', 'HEAD')).not.toMatch(/README|mine/);
  expect(await server.git('full', 'rev-list', '--count', 'main')).toBe('1\n');

  expect((await init(address('full'), '--branch', 'main', '--yes')).code).toBe(0);
  expect(await server.git('full', 'show', 'main:README.md')).toBe('ours\n');
  expect(await server.git('full', 'rev-list', '--count', 'main')).toBe('2\n');
  const again = await init(address('full'));
  expect(again.code).toBe(0);
  expect(again.err).toContain('has everything already');
});

test('--dry-run names the files and changes nothing', async () => {
  await git(folder, 'init', '--quiet', '--initial-branch=main', 'new');
  const { code, err } = await init('new', '--dry-run');
  expect(code).toBe(0);
  expect(err).toContain('+ release-manager.yaml');
  expect(await git(join(folder, 'new'), 'status', '--porcelain')).toBe('');
});

test('on a terminal the environments are asked for', async () => {
  await git(folder, 'init', '--quiet', '--initial-branch=main', 'asked');
  const { code, err } = await runInTest(['init', 'asked'], { cwd: folder, env, terminal: true, typed: 'qa, live' });
  expect(err).toContain('[dev,staging,prod]');
  expect(code).toBe(0);
  expect(await readFile(join(folder, 'asked/release-manager.yaml'), 'utf8')).toContain('{ name: live }');
});

test('nothing is written through a link of the repository', async () => {
  await git(folder, 'init', '--quiet', '--initial-branch=main', 'linked');
  await mkdir(join(folder, 'elsewhere'));
  await symlink(join(folder, 'elsewhere'), join(folder, 'linked/clusters'));
  await git(join(folder, 'linked'), 'remote', 'add', 'origin', 'https://git.example.com/config.git');
  const { code, err } = await init('linked');
  expect(code).toBe(6);
  expect(err).toContain('is no folder');
  expect((await run('ls', ['-A', join(folder, 'elsewhere')])).stdout).toBe('');
});

test.each([
  [['ssh://-oProxyCommand=id/x'], 1, 'no address'],
  [['nowhere'], 1, 'not the root of a git repository'],
  [['https://git.example.com/x.git', '--no-push'], 2, 'needs a clone'],
  [[], 2, 'repository'],
  [['.', '--protected', 'live'], 2, 'none of the environments'],
  [['.', '--environments', 'dev,dev'], 2, 'twice'],
])('init %j ends with %i', async (argv, expected, says) => {
  const { code, err } = await init(...argv);
  expect(code).toBe(expected);
  expect(err).toContain(says);
});

test('a repository with other content is asked about, and without an answer left as it is', async () => {
  await git(folder, 'init', '--quiet', '--initial-branch=main', 'app');
  const app = join(folder, 'app');
  await git(app, 'commit', '--quiet', '--allow-empty', '--message', 'empty');
  await writeFile(join(app, 'index.js'), 'ours\n');
  await git(app, 'add', 'index.js');
  await git(app, 'commit', '--quiet', '--message', 'an application');
  const before = await git(app, 'rev-parse', 'HEAD');
  const refused = await init('app');
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('holds other content');
  expect(refused.err).toContain('release-cli init app --yes');
  const terminal = { cwd: folder, env, terminal: true };
  const asked = await runInTest(['init', 'app', '--environments', 'dev'], { ...terminal, typed: 'n' });
  expect(asked.code).toBe(1);
  expect(asked.err).toContain('app holds other content and is no config repo yet');
  expect(await git(app, 'rev-parse', 'HEAD')).toBe(before);
  expect((await runInTest(['init', 'app', '--environments', 'dev'], { ...terminal, typed: 'y' })).code).toBe(0);
});

test('a push that fails leaves the commit, and says how to push or undo it', async () => {
  await git(folder, 'init', '--quiet', '--initial-branch=main', 'lonely');
  await git(join(folder, 'lonely'), 'remote', 'add', 'origin', 'http://127.0.0.1:1/config.git');
  const { code, err } = await init('lonely');
  expect(code).toBe(1);
  expect(err).toContain('the commit stays in');
  expect(err).toContain('git push origin HEAD:main');
});

test('credentials that do not count: what git said, without them', async () => {
  await server.create('private');
  const { code, err } = await init(server.url('private').replace('http://', 'http://ada:wr0ng@'));
  expect(code).toBe(1);
  expect(err).toContain('git ls-remote failed');
  expect(err).not.toContain('wr0ng');
});
