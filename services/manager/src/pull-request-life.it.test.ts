import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import webhookExamples from '@octokit/webhooks-examples';
import { createMirror, noCredentials } from '@release-manager/git';
import { createContext, createLifecycle, createRedactor, silentLogger } from '@release-manager/runtime';
import {
  startFakeGithub,
  startGitServer,
  testDatabase,
  type FakeGithub,
  type FakeRepository,
  type WebhookExamples,
} from '@release-manager/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startManager, type RunningManager } from './compose.ts';
import { readConfig } from './config.ts';

const secret = 'a secret of this test';
const adminToken = 'admin-token-of-this-test';
/** For a machine that does much else. */
const patienceMs = 60_000;
const files = {
  'release-manager.yaml': `environments:
  - { name: dev }
  - { name: prod, protected: true }
rights:
  - { who: [ada], verbs: [hold], environments: [dev], services: [web] }
`,
  'people.yaml': `people:
  - { id: ada, name: Ada L., emails: [ada@example.com], github: Ada }
  - { id: bob, name: Bob, emails: [bob@example.com], github: bob }
`,
  'policies/web.yaml': `service: web
policies:
  - { kind: auto-release, branch: main, environment: dev }
  - { kind: auto-release, branch: main, environment: prod }
`,
};

let github: FakeGithub;
let shop: FakeRepository;
let manager: RunningManager;
let number: number;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pull-request-life-'));
  const git = await startGitServer();
  await git.create('config');
  const url = git.url('config');
  const person = createMirror({ folder: join(folder, 'person'), url, branch: 'main', credentials: noCredentials });
  const base = await person.fetch();
  const writer = person.writer(base);
  const signature = { name: 'Grace', email: 'grace@example.com', at: new Date() };
  const edits = Object.entries(files).map(
    ([path, text]) => ({ kind: 'put', path, content: Buffer.from(text) }) as const,
  );
  await writer.commit(edits, { message: 'by hand', author: signature, committer: signature });
  await writer.flush();
  if (writer.tip !== undefined) await person.push(base, writer.tip);

  github = await startFakeGithub();
  shop = github.repository('Acme/shop');
  shop.grow('main', { 'services/web/release.yaml': 'service: web\npaths: ["services/web/**"]\n' });
  const database = await testDatabase();
  const lifecycle = createLifecycle({ logger: silentLogger, process: { on: () => undefined, exit: () => undefined } });
  const config = readConfig({
    PORT: '0',
    METRICS_PORT: '0',
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: database.url,
    ADMIN_TOKEN: adminToken,
    CONFIG_REPO_URL: url,
    GITHUB_API_URL: github.url,
    GITHUB_APP_ID: github.appId,
    GITHUB_APP_PRIVATE_KEY: github.privateKey,
    GITHUB_WEBHOOK_SECRET: secret,
  });
  const surroundings = { logger: silentLogger, context: createContext(), redactor: createRedactor(), lifecycle };
  manager = await startManager(config, surroundings);
  ends.push(
    () => lifecycle.stop('the test is over'),
    () => github.stop(),
    () => git.stop(),
    () => database.drop(),
    () => rm(folder, { recursive: true, force: true, maxRetries: 10 }),
  );
  const added = await fetch(`${manager.url}/v1/services`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'web',
      namespaces: { default: 'shop' },
      repository: `https://${github.host}/Acme/shop`,
      sourcePath: 'services/web/release.yaml',
    }),
  });
  if (!added.ok) throw new Error(`the service was not added: ${await added.text()}`);
  github.webhooks.to({
    url: `${manager.url}/v1/webhooks/github`,
    secret,
    examples: webhookExamples as unknown as WebhookExamples,
  });
}, 4 * patienceMs);
afterAll(async () => {
  for (const end of ends) await end();
});

const ours = () => shop.comments.filter(({ author }) => author === github.logins.app);
const body = (): string =>
  ours()
    .map((comment) => comment.body)
    .join('\n=====\n');
const says = (words: string | RegExp) => expect.poll(body, { timeout: patienceMs }).toMatch(words);

test(
  'what its merge releases is said, once, and only of what it touches',
  async () => {
    const docs = await github.people.open(shop, {
      title: 'words',
      author: 'ada',
      head: 'words',
      files: [{ filename: 'README.md', status: 'modified' }],
    });
    const pull = await github.people.open(shop, {
      title: 'a change',
      author: 'ada',
      head: 'topic',
      files: [{ filename: 'services/web/main.ts', status: 'modified' }],
    });
    ({ number } = pull);
    await says(/\*\*Merging this into main releases web to dev and prod by itself\.\*\*/);
    expect(shop.comments.map((comment) => comment.number)).toEqual([number]);
    expect(docs.number).not.toBe(number);
    // The same beside the commit.
    await expect.poll(() => shop.checkRuns.length, { timeout: patienceMs }).toBe(1);
    expect(shop.checkRuns).toMatchObject([
      {
        sha: pull.headSha,
        name: 'release plan',
        conclusion: 'success',
        title: 'Merging this releases to 2 places by itself',
      },
    ]);
  },
  4 * patienceMs,
);

test(
  'a command is done under the rights of whoever wrote it, once, and answered in that comment',
  async () => {
    const asked = await github.people.comment(shop, number, 'ada', '/hold dev until @bob is back');
    await says(/✓ \/hold dev until @\u200Bbob is back \(ada\): web: dev is held/);
    await expect.poll(() => shop.checkRuns[0]?.conclusion, { timeout: patienceMs }).toBe('neutral');
    await says(/⏸ dev is held, since .* by ada: until @\u200Bbob is back/);
    const { id } = github.webhooks.deliveries.findLast(({ event }) => event === 'issue_comment') ?? { id: '' };
    const again = await github.webhooks.redeliver(id);
    expect(again.status).toBe(202);
    const holds = await get('/v1/holds');
    expect(holds.items).toMatchObject([{ reason: 'until @bob is back', actor: { name: 'ada' } }]);

    // The same comment under another id of a delivery, as when it is sent by two hooks.
    await send('issue_comment', 'another delivery', commentEvent({ id: asked.id, body: '/resume dev', login: 'ada' }));
    // Edited, it does nothing.
    await send('issue_comment', 'edited', {
      ...commentEvent({ id: 5, body: '/resume dev', login: 'ada' }),
      action: 'edited',
    });
    await github.people.comment(shop, number, 'bob', '/resume dev');
    await says(/✗ \/resume dev \(bob\): bob may not hold/);
    expect((await get('/v1/holds')).items).toHaveLength(1);
  },
  4 * patienceMs,
);

test(
  'a stranger does nothing, and reads which line is missing',
  async () => {
    await github.people.comment(shop, number, 'mallory', '/release dev');
    await says(/✗ \/release dev \(mallory\): Nothing was done.*github: mallory/);
    expect((await get('/v1/releases')).items).toEqual([]);
  },
  4 * patienceMs,
);

test(
  'W1: a forged event does nothing',
  async () => {
    const event = commentEvent({ id: 6, body: '/resume dev', login: 'ada' });
    expect(await send('issue_comment', 'forged', event, 'another secret')).toBe(403);
    expect((await get('/v1/holds')).items).toHaveLength(1);
  },
  4 * patienceMs,
);

test(
  'after the merge the same comment follows it',
  async () => {
    await github.people.merge(shop, number, 'ada', 'squash');
    await says(/\*\*Merged: on its way to dev and prod\.\*\*/);
    expect(ours()).toHaveLength(1);
    expect(github.misfits).toEqual([]);
  },
  4 * patienceMs,
);

async function get(path: string): Promise<{ readonly items: readonly unknown[] }> {
  const answer = await fetch(`${manager.url}${path}`, { headers: { authorization: `Bearer ${adminToken}` } });
  return (await answer.json()) as { items: unknown[] };
}

function commentEvent({
  id,
  body: text,
  login,
}: {
  readonly id: number;
  readonly body: string;
  readonly login: string;
}) {
  return {
    action: 'created',
    repository: { full_name: 'Acme/shop', html_url: `https://${github.host}/Acme/shop` },
    issue: { number, pull_request: {} },
    comment: { id, body: text, user: { login }, created_at: new Date().toISOString() },
  };
}

async function send(event: string, delivery: string, payload: object, key = secret): Promise<number> {
  const text = JSON.stringify(payload);
  const answer = await fetch(`${manager.url}/v1/webhooks/github`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': delivery,
      'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(text).digest('hex')}`,
    },
    body: text,
  });
  return answer.status;
}
