import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startGitServer, testDatabase, type GitServer, type TestDatabase } from '@release-manager/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startManagerProcess, type ManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { autoRelease, commitAsPerson, mainFile } from '../support/config-repo.ts';
import { createCanaries } from './support/canaries.ts';
import { watchProcesses, type ProcessWatch } from './support/process-watch.ts';
import { makeSecretArtifact } from './support/secret-artifact.ts';

const canaries = createCanaries();
const adminToken = canaries.plant('ADMIN_TOKEN');
const databasePassword = canaries.plant('password of DATABASE_URL');
const repoToken = canaries.plant('CONFIG_REPO_TOKEN');
const urlPassword = canaries.plant('password in CONFIG_REPO_URL');
const secretValue = canaries.plant('value of a Secret');
const variableValue = canaries.plant('environment variable of a Deployment');
const messageToken = canaries.plant('token in a commit message', 'ghp_');
const fieldValue = canaries.plant('unknown field of artifact.json');
const queryValue = canaries.plant('query string');
const pathValue = canaries.plant('token in a path', 'rm_ci_');
const bodyValue = canaries.plant('broken body');
const wrongBearer = canaries.plant('wrong bearer token', 'rm_admin_');
const wrongBasic = canaries.plant('wrong basic password');
const uploadGuess = canaries.plant('guessed upload address');

const repository = 'config';
interface Answer {
  readonly path: string;
  readonly text: string;
}

/** Everything that left by HTTP: answers of all kinds, events, metrics, readiness. */
const answers: Answer[] = [];
/** Those that repeat nobody's words. */
const strictAnswers: string[] = [];

let folder: string;
let git: GitServer;
let test: TestDatabase;
let manager: ManagerProcess;
let watch: ProcessWatch;
let url: string;
let metrics: string;

interface Ask {
  readonly body?: unknown;
  readonly raw?: string;
  readonly authorization?: string | undefined;
}

/** The whole answer, headers too. */
async function ask(
  method: string,
  path: string,
  { body, raw, ...options }: Ask = {},
): Promise<{ status: number; text: string }> {
  const authorization = 'authorization' in options ? options.authorization : `Bearer ${adminToken}`;
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(sent === undefined ? {} : { body: sent }),
  });
  const text = await response.text();
  return { status: response.status, text: `${[...response.headers].join('\n')}\n${text}` };
}

const bodyOf = (text: string): Record<string, unknown> =>
  JSON.parse(text.slice(text.lastIndexOf('\n') + 1)) as Record<string, unknown>;

/** As `ask`, for what must answer without a secret: anything but the making of tokens and of upload addresses. */
async function askAloud(
  method: string,
  path: string,
  options: Ask = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, text } = await ask(method, path, options);
  answers.push({ path, text: `${status}\n${text}` });
  return { status, body: text.endsWith('}') ? bodyOf(text) : {} };
}

/** The address of the database with a user of its own, whose password is the canary. */
async function databaseUrl(): Promise<string> {
  const user = `canary_${test.url.slice(-6)}`;
  await test.database.db.raw(`create role ${user} superuser login password '${databasePassword}'`);
  const address = new URL(test.url);
  address.username = user;
  address.password = databasePassword;
  return address.href;
}

function start(name: string, settings: Readonly<Record<string, string>>): ManagerProcess {
  return startManagerProcess({
    home: folder,
    logFile: join(folder, `${name}.log`),
    settings: { LOG_LEVEL: 'debug', ADMIN_TOKEN: adminToken, DATA_DIR: join(folder, name), ...settings },
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  git = await startGitServer({ token: repoToken });
  await git.create(repository);
  const asPerson = new URL(git.url(repository));
  Object.assign(asPerson, { username: 'pat', password: repoToken });
  await commitAsPerson(asPerson.href, { 'release-manager.yaml': mainFile, 'policies/shop.yaml': autoRelease('shop') });
  test = await testDatabase();
  manager = start('manager', {
    DATABASE_URL: await databaseUrl(),
    CONFIG_REPO_URL: git.url(repository),
    CONFIG_REPO_TOKEN: repoToken,
    CONFIG_REPO_POLL_SECONDS: '0.2',
  });
  watch = watchProcesses(manager.pid);
  ({ url, metrics } = await manager.ready);
});
afterAll(async () => {
  await watch.stop();
  await manager.end('SIGKILL');
  await git.stop();
  await test.drop();
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** From the upload to the commit, for the build of that number. */
async function release(run: number): Promise<void> {
  const artifact = await makeSecretArtifact('shop', {
    secret: secretValue,
    variable: `${variableValue}-${run}`,
    message: messageToken,
    run,
  });
  const { id } = artifact.spec;
  const registered = await ask('POST', '/v1/artifacts', {
    body: { spec: artifact.spec, size: artifact.zip.length, sha256: artifact.sha256 },
  });
  const { upload } = bodyOf(registered.text) as { upload: { url: string; headers: Record<string, string> } };
  canaries.know(`upload address of build ${run}`, upload.url.slice(upload.url.lastIndexOf('/') + 1));
  const broken = await fetch(upload.url, {
    method: 'PUT',
    headers: upload.headers,
    body: new Uint8Array(artifact.zip.length),
  });
  answers.push({ path: '/v1/uploads', text: await broken.text() });
  const put = await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: artifact.zip });
  expect(put.status).toBe(204);
  await askAloud('POST', `/v1/artifacts/${id}/complete`, { body: {} });
  const { text } = await ask('GET', `/v1/artifacts/${id}?wait=20`);
  expect(bodyOf(text)['state']).toBe('ready');
  await askAloud('POST', '/v1/release-plans', { body: { service: 'shop', artifact: id, environments: ['prod'] } });
  await askAloud('POST', '/v1/releases', { body: { service: 'shop', artifact: id, environments: ['prod'] } });
  await expect
    .poll(
      async () => (await git.git(repository, 'log', '--format=%B', 'main')).split(`Artifact-Id: ${id}`).length - 1,
      {
        timeout: 20_000,
      },
    )
    .toBe(2);
}

async function makeToken(body: Readonly<Record<string, unknown>>): Promise<string> {
  const { secret } = bodyOf((await ask('POST', '/v1/tokens', { body })).text) as { secret: string };
  canaries.know(`token ${String(body['name'])}`, secret);
  return secret;
}

async function goWrong(): Promise<void> {
  for (const authorization of [`Bearer ${wrongBearer}`, `Basic ${btoa(`git:${wrongBasic}`)}`, wrongBasic, undefined]) {
    await askAloud('GET', '/v1/status', { authorization });
    await askAloud('GET', '/v1/version', { authorization });
  }
  await askAloud('GET', `/v1/releases?token=${queryValue}`);
  await askAloud('GET', `/v1/${queryValue}?access_token=${queryValue}`);
  await askAloud('PUT', `/v1/uploads/${uploadGuess}`, { raw: 'x' });
  await askAloud('POST', '/v1/releases', { raw: `{"password":"${bodyValue}"` });
  await askAloud('POST', '/v1/releases', { raw: bodyValue });
  await askAloud('POST', '/v1/tokens', { body: { kind: 'admin', name: 'x', secret: bodyValue } });
  const { spec, sha256 } = await makeSecretArtifact('other', { secret: 's', variable: 'v', message: 'm', run: 1 });
  await askAloud('POST', '/v1/artifacts', { body: { spec: { ...spec, password: fieldValue }, size: 1, sha256 } });
  await askAloud('DELETE', `/v1/tokens/${pathValue}`);
}

async function readEverything(): Promise<void> {
  for (const path of [
    '/readyz',
    '/healthz',
    '/',
    '/v1/openapi.json',
    '/v1/whoami',
    '/v1/version',
    '/v1/doctor',
    '/v1/tokens',
    '/v1/status',
    '/v1/ledger?limit=500',
    '/v1/releases?limit=500',
    '/v1/services',
    '/v1/environments',
    '/v1/policies',
    '/v1/services/shop/environments/prod/why',
  ])
    await askAloud('GET', path);
  strictAnswers.push(
    ...(await Promise.all(['/readyz', '/v1/ledger?limit=500'].map(async (path) => (await ask('GET', path)).text))),
    await (await fetch(metrics)).text(),
  );
}

/** Every row of every table as text. */
async function databaseText(): Promise<string> {
  const { db } = test.database;
  const { rows: tables } = await db.raw<{ rows: { name: string }[] }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema in ('public', 'pgboss')`,
  );
  const texts = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await db.raw<{ rows: { text: string }[] }>(`select t::text as text from ${name} t`);
      return rows.map(({ text }) => `${name} ${text}`);
    }),
  );
  return texts.flat().join('\n');
}

/** Path and content of each file below. */
async function filesBelow(root: string): Promise<Answer[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map(async (file) => ({
      path: file.slice(root.length + 1),
      text: await readFile(file, 'latin1').catch(() => ''),
    })),
  );
}

/**
 * What the uploader says of an artifact is there to be read again, but stays out of log, ledger, metrics and readiness:
 * whoever wrote a token into a commit message has published it in git before.
 */
const ownWords = ['token in a commit message', 'unknown field of artifact.json'];

/** Where artifacts are shown, and nowhere else. */
function ownWordsAt(path: string): readonly string[] {
  return /^\/v1\/(?:artifacts(?:\/|$)|status$|services\/[^/]+\/environments\/[^/]+\/why$)/.test(path) ? ownWords : [];
}

describe('secrets', () => {
  it('leave by no exit, whatever is done and whatever goes wrong', async () => {
    const person = await makeToken({
      kind: 'personal',
      name: 'pat',
      person: { id: 'pat', name: 'Pat', email: 'pat@example.com' },
    });
    await makeToken({ kind: 'ci', name: 'ci', services: ['**'], branches: ['**'] });
    await release(1);
    await release(2);
    await askAloud('POST', '/v1/releases', {
      body: { service: 'shop', branch: 'main', environments: ['prod'] },
      authorization: `Bearer ${person}`,
    });
    await goWrong();

    git.beforeRequest(() => 'drop-before');
    await askAloud('POST', '/v1/releases', {
      body: { service: 'shop', branch: 'main', environments: ['staging', 'dev'] },
    });
    await expect
      .poll(() => readFile(join(folder, 'manager.log'), 'utf8'), { timeout: 10_000 })
      .toContain('does not answer');
    await readEverything();
    git.beforeRequest(undefined);
    await readEverything();
    await watch.stop();
    const { code } = await manager.end('SIGTERM');
    expect(code).toBe(0);

    const log = await readFile(join(folder, 'manager.log'), 'utf8');
    expect(log).toContain('"level":"debug"');
    expect(canaries.findIn(log)).toEqual([]);
    expect(strictAnswers.filter((answer) => canaries.findIn(answer).length > 0)).toEqual([]);
    for (const { path, text } of answers) expect([path, canaries.findIn(text, ownWordsAt(path))]).toEqual([path, []]);
    expect(canaries.findIn(await git.git(repository, 'log', '--format=%an %ae %cn %ce%n%B', 'main'))).toEqual([]);
    for (const row of (await databaseText()).split('\n')) {
      const [table] = row.split(' ', 1);
      const allowed = table === 'public.artifacts' ? ownWords : [];
      expect([table, canaries.findIn(row, allowed)]).toEqual([table, []]);
    }
  });

  it('stand in the config repo only in the folder of the release that brought them', async () => {
    const inOwnFolder = ['value of a Secret', 'environment variable of a Deployment', ...ownWords];
    const paths = (await git.git(repository, 'ls-tree', '-r', '--name-only', 'main')).trim().split('\n');
    for (const path of paths) {
      const allowed = /^(?:dev|prod)\/releases\/shop\/shop\//.test(path) ? inOwnFolder : [];
      expect([path, canaries.findIn(await git.git(repository, 'show', `main:${path}`), allowed)]).toEqual([path, []]);
    }
    // And there they are: a search that finds nothing anywhere would prove nothing.
    const there = await git.git(
      repository,
      'grep',
      '--no-color',
      '-e',
      'password',
      'main',
      '--',
      'prod/releases/shop/shop',
    );
    expect(canaries.findIn(there)).toContain('value of a Secret');
  });

  it('stand in no argument list, and only git is told the token of the config repo', () => {
    expect([...watch.argv].filter((line) => line.includes('git')).length).toBeGreaterThan(3);
    expect([...watch.argv].filter((line) => canaries.findIn(line).length > 0)).toEqual([]);
    const told = [...watch.environments].filter((line) => canaries.findIn(line).length > 0);
    expect(told.length).toBeGreaterThan(0);
    for (const line of told) {
      expect(line).toMatch(/^\S*git\S* GIT_CONFIG_VALUE_\d+=Authorization: Basic /);
      expect(canaries.findIn(line, ['CONFIG_REPO_TOKEN'])).toEqual([]);
    }
  });

  it('are not left on the disk, but for the artifacts that hold them', async () => {
    const inArtifacts = ['value of a Secret', 'environment variable of a Deployment', ...ownWords];
    const files = await filesBelow(join(folder, 'manager'));
    for (const { path, text } of files) {
      const allowed = /^artifacts\/objects\/artifacts\/shop\/[^/]+[.]zip$/.test(path) ? inArtifacts : [];
      expect([path, canaries.findIn(path + text, allowed)]).toEqual([path, []]);
    }
    // Zips of their size are stored as they are: what holds the artifacts was read, and searched.
    expect(files.some(({ text }) => canaries.findIn(text).length > 0)).toBe(true);
  });
});

describe('a manager that cannot start', () => {
  it.each([
    ['the database is not there', { DATABASE_URL: `postgres://app:${databasePassword}@127.0.0.1:1/app` }],
    ['the address of the database is broken', { DATABASE_URL: `mysql://app:${databasePassword}@db/app` }],
    ['the address of the database is no address', { DATABASE_URL: `postgres://app:${databasePassword}@db:port/app` }],
    [
      'the config repo has its token in the address',
      { CONFIG_REPO_URL: `https://x:${urlPassword}@git.example.com/a.git` },
    ],
    ['the config repo has a token in an address that is none', { CONFIG_REPO_URL: `ext::sh -c ${urlPassword}` }],
    [
      'the admin token is too short',
      { ADMIN_TOKEN: urlPassword.slice(0, 12), CONFIG_REPO_TOKEN: repoToken, PORT: 'x' },
    ],
  ])('says why and shows nothing: %s', async (_, settings) => {
    const database = 'DATABASE_URL' in settings ? {} : { DATABASE_URL: test.url };
    const failing = start('failing', { ...database, ...settings });
    const { code, words } = await failing.exited;
    expect(code).toBe(1);
    expect(words).toContain('could not start');
    expect(canaries.findIn(words)).toEqual([]);
    expect(canaries.findIn(await readFile(join(folder, 'failing.log'), 'utf8').catch(() => ''))).toEqual([]);
  });

  it('says nothing of a token that the config repo does not take', async () => {
    const waiting = start('waiting', {
      DATABASE_URL: test.url,
      CONFIG_REPO_URL: git.url(repository),
      CONFIG_REPO_TOKEN: urlPassword,
    });
    const { url: address } = await waiting.ready;
    const readiness = await (await fetch(`${address}/readyz`)).text();
    expect(readiness).toContain('was not read yet');
    await waiting.end('SIGTERM');
    expect(canaries.findIn(readiness)).toEqual([]);
    expect(canaries.findIn(await readFile(join(folder, 'waiting.log'), 'utf8'))).toEqual([]);
  });
});
