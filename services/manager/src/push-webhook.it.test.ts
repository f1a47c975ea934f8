import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createMirror, noCredentials } from '@release-manager/git';
import { createContext, createLifecycle, createRedactor, silentLogger } from '@release-manager/runtime';
import { startGitServer, testDatabase } from '@release-manager/testing';
import { expect, test } from 'vitest';

import { startManager } from './compose.ts';
import { readConfig } from './config.ts';

const secret = 'a secret of this test';
const adminToken = 'admin-token-of-this-test';

test('a push that GitHub tells of is seen long before the next poll', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'push-webhook-'));
  const git = await startGitServer();
  await git.create('config');
  const url = git.url('config');
  const person = createMirror({ folder: join(folder, 'person'), url, branch: 'main', credentials: noCredentials });
  const push = async (environments: string): Promise<void> => {
    const base = await person.fetch();
    const writer = person.writer(base);
    const signature = { name: 'Grace', email: 'grace@example.com', at: new Date() };
    const content = Buffer.from(`environments: [${environments}]\n`);
    await writer.commit([{ kind: 'put', path: 'release-manager.yaml', content }], {
      message: 'by hand',
      author: signature,
      committer: signature,
    });
    await writer.flush();
    if (writer.tip !== undefined) await person.push(base, writer.tip);
  };
  await push('{ name: dev }');
  const database = await testDatabase();
  const lifecycle = createLifecycle({
    logger: silentLogger,
    process: { on: () => undefined, exit: () => undefined },
  });
  const config = readConfig({
    PORT: '0',
    METRICS_PORT: '0',
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: database.url,
    ADMIN_TOKEN: adminToken,
    CONFIG_REPO_URL: url,
    CONFIG_REPO_POLL_SECONDS: '30',
    GITHUB_WEBHOOK_SECRET: secret,
    ROLE: 'api',
  });
  const surroundings = { logger: silentLogger, context: createContext(), redactor: createRedactor(), lifecycle };
  const manager = await startManager(config, surroundings);
  const environments = async (): Promise<string> => {
    const headers = { authorization: `Bearer ${adminToken}` };
    return (await fetch(`${manager.url}/v1/environments`, { headers })).text();
  };
  expect(await environments()).toContain('"dev"');

  await push('{ name: dev }, { name: brand-new }');
  const body = JSON.stringify({ ref: 'refs/heads/main', repository: { clone_url: url } });
  const answer = await fetch(`${manager.url}/v1/webhooks/github`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  });

  expect(answer.status).toBe(202);
  await expect.poll(environments, { timeout: 15_000 }).toContain('brand-new');
  await lifecycle.stop('the test is over');
  await git.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});
