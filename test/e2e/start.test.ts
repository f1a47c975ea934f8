import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { startGitServer, testDatabase, type GitServer, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createCli } from '../../services/manager/src/demo/processes/cli.ts';
import { startManagerProcess, type ManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { createPerson } from '../../services/manager/src/demo/processes/person.ts';
import { makeArtifact } from '../support/make-artifact.ts';
import { createStubbornClient } from '../support/stubborn-client.ts';

const adminToken = 'a-token-for-tests-only-0123456789';

let folder: string;
let running: ManagerProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'e2e-start-'));
});
afterEach(async () => {
  await running?.end('SIGKILL');
  running = undefined;
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

function start(settings: Readonly<Record<string, string>> = {}): ManagerProcess {
  running = startManagerProcess({ home: folder, logFile: join(folder, 'manager.log'), settings });
  return running;
}

async function readyz(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}/readyz`);
  return { status: response.status, text: await response.text() };
}

describe('npm start with nothing set', () => {
  it('makes and serves a config repo, writes an admin token, and says where both are', async () => {
    const manager = start();
    const { url, configRepo } = await manager.ready;

    const tokenFile = join(folder, 'data', 'admin-token');
    const token = (await readFile(tokenFile, 'utf8')).trim();
    expect(token.length).toBeGreaterThanOrEqual(32);
    expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
    expect(configRepo).toBe(`${url}/git/config.git`);
    expect((await readyz(url)).status).toBe(200);

    const pat = await createPerson({
      name: 'Pat',
      email: 'pat@example.com',
      home: join(folder, 'pat'),
      credentials: { url, token },
    });
    await pat.git(['clone', '--quiet', configRepo, join(folder, 'clone')]);
    expect(await readFile(join(folder, 'clone', 'release-manager.yaml'), 'utf8')).toContain('- { name: dev }');

    const { code, words } = await manager.end('SIGTERM');
    expect(code).toBe(0);
    expect(words).toContain('data/admin-token');
    expect(words).toContain(configRepo);
    expect(words).not.toContain(token);
    expect(await readFile(join(folder, 'manager.log'), 'utf8')).not.toContain(token);
  });

  it('keeps its token, its repository and its database when it starts again', async () => {
    // An absolute folder, as a service manager sets it; the test above has the default.
    const settings = { DATA_DIR: join(folder, 'data') };
    const first = start(settings);
    const { url } = await first.ready;
    const token = (await readFile(join(folder, 'data', 'admin-token'), 'utf8')).trim();
    const cli = createCli({ home: folder, url, token });
    expect(
      await cli(['policy', 'apply', 'auto-release', '--branch', 'main', '--env', 'dev', '--service', 'web']),
    ).toMatchObject({ code: 0 });
    await first.end('SIGKILL');

    const again = await start(settings).ready;
    const listed = await createCli({ home: folder, url: again.url, token })(['history', '--all', '--json']);
    expect(JSON.parse(listed.stdout)).toContainEqual(
      expect.objectContaining({ kind: 'policy.applied', service: 'web' }),
    );
  });
});

describe('npm start with a remote that is empty', () => {
  let git: GitServer;
  let database: TestDatabase;

  beforeEach(async () => {
    git = await startGitServer();
    await git.create('config');
    database = await testDatabase();
  });
  afterEach(async () => {
    await running?.end('SIGKILL');
    await git.stop();
    await database.drop();
  });

  it('starts, takes uploads, says what is missing, and releases once release-cli init has run', async () => {
    const settings = {
      DATABASE_URL: database.url,
      CONFIG_REPO_URL: git.url('config'),
      CONFIG_REPO_POLL_SECONDS: '0.2',
      ADMIN_TOKEN: adminToken,
    };
    const { url } = await start(settings).ready;
    const before = await readyz(url);
    expect(before.status).toBe(503);
    expect(before.text).toContain('run release-cli init');

    const artifact = await makeArtifact({ service: 'web', branch: 'main', run: 1 });
    expect(await createStubbornClient(url, adminToken).upload(artifact)).toMatchObject({ state: 'ready' });

    const pat = await createPerson({ name: 'Pat', email: 'pat@example.com', home: join(folder, 'pat') });
    const cli = createCli({ home: pat.home, url, token: adminToken });
    // Asked for too early: it waits, and goes by itself once it can.
    expect(await cli(['release', 'main', 'dev', '--service', 'web', '--no-wait'])).toMatchObject({ code: 0 });
    expect(await cli(['init', git.url('config'), '--environments', 'dev,prod'])).toMatchObject({ code: 0 });
    await until(async () => (await readyz(url)).status === 200);
    const subject = `[dev/web] release ${artifact.spec.id} by admin\n`;
    await until(async () => (await git.git('config', 'log', '-1', '--format=%s', 'main')) === subject);
    expect(await cli(['release', 'main', 'prod', '--service', 'web'])).toMatchObject({ code: 0 });
  });
});

describe('npm start that cannot', () => {
  it('names the setting of a port that is taken', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    const { code, words } = await start({ PORT: String(port) }).exited;
    expect(code).toBe(1);
    expect(words).toContain(`${port}`);
    expect(words).toMatch(/\bPORT\b/);
    expect(words).not.toContain('    at ');
    await new Promise((resolve) => server.close(resolve));
  });

  it('names everything that is wrong with its settings at once, and no secret', async () => {
    const settings = { PORT: 'eighty', ROLE: 'boss', DATABASE_URL: 'mysql://root:hunter2@db/x', ADMIN_TOKEN: 'short' };
    const { code, words } = await start(settings).exited;
    expect(code).toBe(1);
    for (const name of Object.keys(settings)) expect(words).toContain(name);
    expect(words).not.toContain('hunter2');
    expect(words).not.toContain('    at ');
  });

  it('says which database does not answer, without its password', async () => {
    const { code, words } = await start({ DATABASE_URL: 'postgres://app:hunter2@127.0.0.1:1/release' }).exited;
    expect(code).toBe(1);
    expect(words).not.toContain('hunter2');
    expect(words).toContain('release-manager could not start');
  });
});

describe('release-cli', () => {
  it('names login before anybody logged in', async () => {
    const { code, stderr, stdout } = await createCli({ home: folder })(['status']);
    expect(code).toBe(4);
    expect(stdout).toBe('');
    expect(stderr).toContain('release-cli login');
  });

  it('says that no manager answers', async () => {
    const cli = createCli({ home: folder, url: 'http://127.0.0.1:1', token: adminToken });
    const { code, stderr } = await cli(['status', '--all']);
    expect(code).toBe(1);
    expect(stderr).toContain('No manager answers at http://127.0.0.1:1');
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not come about within 20 s');
    await wait(50);
  }
}
