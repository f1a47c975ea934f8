import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import {
  startFakeSlack,
  startGitServer,
  testDatabase,
  type FakeSlack,
  type FakeSlackMessage,
} from '@release-manager/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createCli, type Cli } from '../../services/manager/src/demo/processes/cli.ts';
import { startManagerProcess, type ManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { commitAsPerson, mainFile } from '../support/config-repo.ts';
import { makeArtifact } from '../support/make-artifact.ts';
import { createStubbornClient } from '../support/stubborn-client.ts';

const adminToken = 'a-token-for-tests-only-0123456789';
const channel = 'C0123ABCD';
const notifications = `notifications:\n  - { slack: ${channel} }\n`;
const policies = `service: web
policies:
  - { kind: auto-release, branch: main, environment: dev }
  - { kind: auto-release, branch: main, environment: prod }
`;

const stops: (() => Promise<unknown>)[] = [];
let fake: FakeSlack;
let folder = '';
let settings: Record<string, string> = {};
let running: ManagerProcess;
let cli: Cli;
let url = '';

const start = async (): Promise<void> => {
  running = startManagerProcess({ home: folder, logFile: join(folder, 'manager.log'), settings });
  ({ url } = await running.ready);
  cli = createCli({ home: folder, url, token: adminToken });
};

beforeAll(async () => {
  fake = await startFakeSlack();
  stops.push(() => fake.stop());
  fake.channel(channel);
  folder = await mkdtemp(join(tmpdir(), 'slack-'));
  stops.push(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const server = await startGitServer();
  stops.push(() => server.stop());
  await server.create('config');
  await commitAsPerson(server.url('config'), {
    'release-manager.yaml': `${mainFile.trimEnd()}\n${notifications}`,
    'policies/web.yaml': policies,
  });
  const database = await testDatabase();
  stops.push(() => database.drop());
  settings = {
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: database.url,
    CONFIG_REPO_URL: server.url('config'),
    CONFIG_REPO_POLL_SECONDS: '0.2',
    ADMIN_TOKEN: adminToken,
    SLACK_API_URL: fake.url,
    SLACK_BOT_TOKEN: fake.token,
    SLACK_SIGNING_SECRET: 'a-secret-for-tests-only',
  };
  await start();
  stops.push(() => running.end('SIGTERM'));
});
afterAll(async () => {
  for (const stop of stops.toReversed()) await stop();
});

async function merge(run: number): Promise<string> {
  const artifact = await makeArtifact({ service: 'web', branch: 'main', run });
  // Whoever still waits for the verdict of a manager that is killed does not get it.
  await createStubbornClient(url, adminToken)
    .upload(artifact)
    .catch(() => undefined);
  return artifact.spec.id;
}

/** What tells of an artifact: the message, and what stands in its thread. */
function told(artifact: string): {
  readonly parents: readonly FakeSlackMessage[];
  readonly thread: readonly FakeSlackMessage[];
} {
  const { messages } = fake.channel(channel);
  const own = messages.filter(({ metadata }) => metadata?.event_payload['group'] === `artifact/${artifact}`);
  return {
    parents: own.filter(({ threadTs }) => threadTs === undefined),
    thread: own.filter(({ threadTs }) => threadTs !== undefined),
  };
}

const until = async (isSo: () => boolean, what: string): Promise<void> => {
  const deadline = Date.now() + 120_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`${what} never came`);
    await wait(100);
  }
};
const isTold = (artifact: string): boolean =>
  told(artifact).thread.length >= 2 &&
  told(artifact).parents[0]?.text.endsWith('dev committed, prod committed') === true;

it('tells of a merge in one message, and of each once, whenever the manager is killed while it speaks', async () => {
  const first = await merge(1);
  await until(() => isTold(first), 'the message of the first merge');
  expect(told(first).parents).toHaveLength(1);

  const killed: string[] = [];
  for (const [index, wanted] of ['parent', 'details/'].entries()) {
    const dead = Promise.withResolvers<unknown>();
    fake.beforeAnswer(({ method, arguments: { metadata } }) => {
      const item = JSON.stringify(metadata ?? {});
      if (method !== 'chat.postMessage' || !item.includes(`"item":"${wanted}`)) return undefined;
      fake.beforeAnswer(undefined);
      dead.resolve(running.end('SIGKILL'));
      return 'drop-after';
    });
    killed.push(await merge(index + 2));
    await dead.promise;
    await start();
  }
  for (const artifact of killed) await until(() => isTold(artifact), `the message of ${artifact}`);
  await until(() => [first, ...killed].every(isTold), 'every message');
  for (const artifact of [first, ...killed]) {
    const { parents, thread } = told(artifact);
    expect([parents.length, thread.length]).toEqual([1, 2]);
  }

  const doctor = await cli(['doctor', '--json']);
  expect(doctor.stdout).toContain('the token counts for release-manager in Fake');
  expect(await readFile(join(folder, 'manager.log'), 'utf8')).not.toContain(fake.token);
  expect(fake.misfits).toEqual([]);
}, 300_000);
