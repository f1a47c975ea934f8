import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { startFakeGithub, startGitServer, testDatabase, type FakeGithub } from '@release-manager/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createCli, type Cli } from '../../services/manager/src/demo/processes/cli.ts';
import { startManagerProcess, type ManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { commitAsPerson, mainFile } from '../support/config-repo.ts';
import { makeArtifact, type MadeArtifact } from '../support/make-artifact.ts';
import { createStubbornClient } from '../support/stubborn-client.ts';

const adminToken = 'a-token-for-tests-only-0123456789';
const policies = `service: web
policies:
  - { kind: auto-release, branch: main, environment: dev }
  - { kind: auto-release, branch: main, environment: prod }
`;

const stops: (() => Promise<unknown>)[] = [];
let fake: FakeGithub;
let folder = '';
let settings: Record<string, string> = {};
let running: ManagerProcess;
let cli: Cli;
let upload: (artifact: MadeArtifact) => Promise<unknown>;
let git: (...args: string[]) => Promise<string>;

const start = async (): Promise<void> => {
  running = startManagerProcess({ home: folder, logFile: join(folder, 'manager.log'), settings });
  const { url } = await running.ready;
  cli = createCli({ home: folder, url, token: adminToken });
  upload = (artifact) => createStubbornClient(url, adminToken).upload(artifact);
};

beforeAll(async () => {
  fake = await startFakeGithub();
  stops.push(() => fake.stop());
  folder = await mkdtemp(join(tmpdir(), 'github-'));
  stops.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const server = await startGitServer();
  stops.push(() => server.stop());
  await server.create('config');
  git = (...args) => server.git('config', ...args);
  await commitAsPerson(server.url('config'), { 'release-manager.yaml': mainFile, 'policies/web.yaml': policies });
  const database = await testDatabase();
  stops.push(() => database.drop());
  settings = {
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: database.url,
    CONFIG_REPO_URL: server.url('config'),
    CONFIG_REPO_POLL_SECONDS: '0.2',
    ADMIN_TOKEN: adminToken,
    GITHUB_API_URL: fake.url,
    GITHUB_APP_ID: fake.appId,
    GITHUB_APP_PRIVATE_KEY: fake.privateKey,
  };
  await start();
  stops.push(() => running.end('SIGTERM'));
});
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

const build = (run: number): Promise<MadeArtifact> =>
  makeArtifact({ service: 'web', branch: 'main', run, repository: 'https://127.0.0.1/shop/web' });
const commits = async (subject: string): Promise<number> =>
  (await git('log', '--format=%s', 'main')).split('\n').filter((line) => line.startsWith(subject)).length;
const until = async (isSo: () => Promise<boolean>, what: string): Promise<void> => {
  const deadline = Date.now() + 90_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`${what} never came`);
    await wait(200);
  }
};
const why = async (): Promise<string> => (await cli(['why', 'prod', '--service', 'web'])).stdout;

it('A7 CI cannot lie: what GitHub has not confirmed goes nowhere protected, whatever dies meanwhile, and out once it has', async () => {
  const shop = fake.repository('shop/web');
  const artifact = await build(1);
  shop.branches.set('main', shop.commit(artifact.spec.source.sha));
  fake.beforeAnswer(() => 'drop');
  await upload(artifact);
  await until(async () => (await commits(`[dev/web] release ${artifact.spec.id}`)) === 1, 'the release to dev');
  await until(async () => (await why()).includes('sha-reachable waits'), 'the wait');
  const refused = await cli(['release', 'main', 'prod', '--service', 'web']);
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('sha-reachable');
  expect(refused.stderr).toContain('release-manager.yaml:4');

  await running.end('SIGKILL');
  fake.beforeAnswer(undefined);
  await start();
  await until(async () => (await commits(`[prod/web] release ${artifact.spec.id}`)) > 0, 'the release to prod');
  const shown = await cli(['artifact', 'show', artifact.spec.id]);
  expect(shown.stdout).toContain('GitHub says that');
  const told = await cli(['history', 'prod', '--service', 'web']);
  expect(told.stdout).toContain(`automation, by the rule auto-release-main-prod, released ${artifact.spec.id} to prod`);
  expect(told.stdout).toContain('admin asked for');

  const liar = await build(2);
  shop.commit(liar.spec.source.sha, artifact.spec.source.sha);
  await upload(liar);
  await until(async () => (await why()).includes('is not on main'), 'the refusal');
  expect(await commits('[prod/web]')).toBe(1);

  const doctor = await cli(['doctor', '--json']);
  expect(doctor.stdout).toContain('the App release-manager counts');
  const log = await readFile(join(folder, 'manager.log'), 'utf8');
  expect(log).not.toContain('ghs_');
  expect(log).not.toContain(fake.privateKey.split('\n')[1]);
  expect(fake.misfits).toEqual([]);
}, 240_000);
