import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import webhookExamples from '@octokit/webhooks-examples';
import { initialFiles } from '@release-manager/config-repo';
import {
  startFakeGithub,
  startFakeSlack,
  startGitServer,
  testDatabase,
  type FakeGithub,
  type FakeSlack,
  type FakeSlackMessage,
  type WebhookExamples,
} from '@release-manager/testing';

import { createCli, type Cli } from '../../services/manager/src/demo/processes/cli.ts';
import { startDaemonProcess } from '../../services/manager/src/demo/processes/daemon-process.ts';
import { startManagerProcess } from '../../services/manager/src/demo/processes/manager-process.ts';
import { startSimulatedCluster } from '../../services/manager/src/demo/simulated-cluster/index.ts';
import { commitAsPerson } from './config-repo.ts';
import { createStubbornClient, type StubbornClient } from './stubborn-client.ts';

const adminToken = 'a-token-for-tests-only-0123456789';
const signingSecret = 'a-signing-secret-for-tests-only';
const webhookSecret = 'a-webhook-secret-for-tests-only';

/** A team with everything it works with: GitHub, Slack, a manager, and a cluster with its daemon for each environment. */
export interface Team {
  readonly github: FakeGithub;
  readonly slack: FakeSlack;
  readonly admin: Cli;
  readonly ci: StubbornClient;
  readonly logFile: string;
  /** Presses a button of a message, as Slack tells of it. */
  press(user: string, message: FakeSlackMessage, action: string): Promise<void>;
  /** Types a slash command. */
  type(user: string, text: string): Promise<void>;
  /** The manager dies and comes back. */
  killManager(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param environments those with a cluster and a daemon
 * @param files of the config repo
 */
export async function startTeam(
  environments: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<Team> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.toReversed()) await each();
  };
  try {
    return await gather(environments, files, { stops, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Ending {
  readonly stops: (() => Promise<unknown>)[];
  readonly stop: () => Promise<void>;
}

async function gather(
  environments: readonly string[],
  files: Readonly<Record<string, string>>,
  { stops, stop }: Ending,
): Promise<Team> {
  const folder = await mkdtemp(join(tmpdir(), 'team-'));
  stops.push(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  const github = await startFakeGithub();
  stops.push(() => github.stop());
  const slack = await startFakeSlack();
  stops.push(() => slack.stop());
  const server = await startGitServer();
  stops.push(() => server.stop());
  await server.create('config');
  await commitAsPerson(server.url('config'), { ...fluxRoots(environments, server.url('config')), ...files });
  const database = await testDatabase();
  stops.push(() => database.drop());
  const settings = {
    DATA_DIR: join(folder, 'data'),
    DATABASE_URL: database.url,
    CONFIG_REPO_URL: server.url('config'),
    CONFIG_REPO_POLL_SECONDS: '0.2',
    ADMIN_TOKEN: adminToken,
    GITHUB_API_URL: github.url,
    GITHUB_APP_ID: github.appId,
    GITHUB_APP_PRIVATE_KEY: github.privateKey,
    GITHUB_WEBHOOK_SECRET: webhookSecret,
    SLACK_API_URL: slack.url,
    SLACK_BOT_TOKEN: slack.token,
    SLACK_SIGNING_SECRET: signingSecret,
  };
  const logFile = join(folder, 'manager.log');
  let manager = startManagerProcess({ home: folder, logFile, settings });
  stops.push(() => manager.end('SIGTERM'));
  const { url } = await manager.ready;
  const target = {
    url: `${url}/v1/webhooks/github`,
    secret: webhookSecret,
    examples: webhookExamples as unknown as WebhookExamples,
  };
  github.webhooks.to(target);
  const admin = createCli({ home: folder, url, token: adminToken });
  for (const environment of environments) {
    const repository = server.path('config');
    const cluster = await startSimulatedCluster({ environment, repository, turnMs: 50, pollMs: 500 });
    stops.push(() => cluster.stop());
    const home = join(folder, `daemon-${environment}`);
    await mkdir(home);
    await writeFile(join(home, 'kubeconfig'), cluster.api.kubeconfig);
    const made = await admin(['token', 'create', 'daemon', '--env', environment]);
    const daemon = startDaemonProcess({
      home,
      logFile: join(folder, `daemon-${environment}.log`),
      settings: {
        RELEASE_MANAGER_URL: url,
        RELEASE_MANAGER_TOKEN: made.stdout.trim(),
        ENVIRONMENT: environment,
        KUBECONFIG: join(home, 'kubeconfig'),
        DATA_DIR: join(home, 'data'),
        FLUX_RECEIVER_URL: cluster.receiverUrl,
      },
    });
    stops.push(() => daemon.end());
    await daemon.ready;
  }
  return {
    github,
    slack,
    admin,
    ci: createStubbornClient(url, adminToken),
    logFile,
    press: (user, message, action) => tell(url, { payload: JSON.stringify(clickOf(slack, { user, message, action })) }),
    type: (user, text) =>
      tell(url, { command: '/release', text, user_id: user, response_url: slack.responseUrl('typed') }),
    async killManager() {
      await manager.end('SIGKILL');
      manager = startManagerProcess({ home: folder, logFile, settings: { ...settings, PORT: new URL(url).port } });
      await manager.ready;
    },
    stop,
  };
}

/** What `release-cli init` writes for Flux. */
function fluxRoots(environments: readonly string[], url: string): Record<string, string> {
  if (environments.length === 0) return {};
  const made = initialFiles({ environments: environments.map((name) => ({ name })), source: { url, branch: 'main' } });
  const roots = made.filter(({ path }) => path.startsWith('clusters/'));
  return Object.fromEntries(roots.map(({ path, content }) => [path, Buffer.from(content).toString()]));
}

interface Pressed {
  readonly user: string;
  readonly message: FakeSlackMessage;
  readonly action: string;
}

/** Slack gives each click an id of its own. */
let clicks = 0;

/** What Slack posts of a button. */
function clickOf(slack: FakeSlack, { user, message, action }: Pressed): object {
  const elements = message.blocks.flatMap(
    (block) => (block['elements'] ?? []) as { action_id?: string; value?: string }[],
  );
  const button = elements.find(({ action_id: id }) => id === action);
  if (button === undefined) throw new Error(`there is no button ${action} on ${JSON.stringify(message.blocks)}`);
  clicks += 1;
  return {
    type: 'block_actions',
    user: { id: user },
    trigger_id: `${message.ts}.${clicks}`,
    channel: { id: message.channel },
    message: { ts: message.ts },
    response_url: slack.responseUrl('pressed'),
    actions: [{ type: 'button', ...button, action_ts: message.ts }],
  };
}

async function tell(manager: string, form: Record<string, string>): Promise<void> {
  const body = new URLSearchParams(form).toString();
  const time = String(Math.floor(Date.now() / 1000));
  const mac = createHmac('sha256', signingSecret).update(`v0:${time}:${body}`).digest('hex');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': time,
    'x-slack-signature': `v0=${mac}`,
  };
  const response = await fetch(`${manager}/v1/webhooks/slack`, { method: 'POST', body, headers });
  if (!response.ok) throw new Error(`Slack was told ${response.status}: ${await response.text()}`);
}
