import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { openWholeApi, subjects, type WholeApi } from '../../testing/whole-api.ts';

const secret = 'a-signing-secret-of-this-test';
let slack: Server;
const answers: { path: string; text: string }[] = [];
let api: WholeApi;

const files = {
  'release-manager.yaml': `environments:
  - { name: dev }
  - { name: prod, protected: true }
rights:
  - { who: [ada], verbs: [hold, rollback], environments: [dev], services: [web] }
`,
  'people.yaml': `people:
  - { id: ada, name: Ada L., emails: [ada@example.com], slack: U0ADA }
  - { id: bob, name: Bob, emails: [bob@example.com], slack: U0BOB }
`,
};

beforeAll(async () => {
  slack = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      answers.push({ path: request.url ?? '', text: (JSON.parse(body) as { text: string }).text });
      response.end('ok');
    });
  });
  await new Promise<void>((resolve) => slack.listen(0, '127.0.0.1', resolve));
  api = await openWholeApi({ SLACK_SIGNING_SECRET: secret, SLACK_API_URL: `${slackUrl()}/api/` });
  await api.write(files);
});
afterAll(async () => {
  await api.close();
  await new Promise((resolve) => slack.close(resolve));
});

function slackUrl(): string {
  return `http://127.0.0.1:${(slack.address() as AddressInfo).port}`;
}

interface Sent {
  readonly at?: number;
  readonly key?: string;
}

function send(form: Record<string, string>, { at = Date.now(), key = secret }: Sent = {}): Promise<Response> {
  const body = new URLSearchParams(form).toString();
  const time = String(Math.floor(at / 1000));
  return fetch(`${api.url}/v1/webhooks/slack`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': time,
      'x-slack-signature': `v0=${createHmac('sha256', key).update(`v0:${time}:${body}`).digest('hex')}`,
    },
  });
}

/** Each has an address for its answer, so that a test reads its own. */
let clicks = 0;
function click(user: string, action: string, environment = 'dev'): { form: Record<string, string>; path: string } {
  clicks += 1;
  const path = `/actions/${clicks}`;
  const { release, artifact } = subjects;
  const value = JSON.stringify({ release, service: 'web', environment, artifact });
  const payload = {
    type: 'block_actions',
    user: { id: user, username: 'whoever' },
    trigger_id: `t${clicks}`,
    response_url: `${slackUrl()}${path}`,
    actions: [{ type: 'button', action_id: action, value, action_ts: String(clicks) }],
  };
  return { form: { payload: JSON.stringify(payload) }, path };
}

async function answerAt(path: string): Promise<string> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = answers.find((each) => each.path === path);
    if (found !== undefined) return found.text;
    if (Date.now() > deadline) throw new Error(`nobody answered at ${path}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function press(user: string, action: string, environment?: string): Promise<string> {
  const { form, path } = click(user, action, environment);
  const response = await send(form);
  expect([response.status, await response.text()]).toEqual([200, '']);
  return answerAt(path);
}

const holds = (): Promise<{ actor: unknown; reason: string }[]> => api.database.db('holds').select('actor', 'reason');

test('whoever may, does it by a button, and is told; pressed again it changes nothing for the worse', async () => {
  expect(await press('U0ADA', 'release.hold')).toMatch(
    /^:white_check_mark: web: dev is held until somebody resumes it/,
  );
  const [hold] = await holds();
  expect(hold).toMatchObject({ actor: { kind: 'person', person: { id: 'ada' } }, reason: 'held by a button in Slack' });
  expect(await press('U0ADA', 'release.resume')).toContain('automation goes on in dev');
  expect(await press('U0ADA', 'release.resume')).toContain('dev is not held');
  expect(await holds()).toEqual([]);
});

test('W2 the same request sent again, byte for byte, is done once', async () => {
  const { form, path } = click('U0ADA', 'release.hold');
  const at = Date.now();
  for (const response of await Promise.all([send(form, { at }), send(form, { at }), send(form, { at })]))
    expect(response.status).toBe(200);
  await answerAt(path);
  const { rows } = await api.database.db.raw<{ rows: object[] }>(`select 1 from ledger where kind = 'hold.set'`);
  expect(rows).toHaveLength(2);
  expect(await press('U0ADA', 'release.resume')).toContain('automation goes on');
  expect(answers.filter((each) => each.path === path)).toHaveLength(1);
});

test('W2 whoever may not is told the rule, where it stands and what to do; nothing happens', async () => {
  expect(await press('U0BOB', 'release.hold')).toMatch(/^:warning: bob may not hold.*release-manager.yaml/s);
  expect(await press('U0ADA', 'release.rollback', 'prod')).toMatch(/^:warning: ada may not rollback.*prod/s);
  expect(await holds()).toEqual([]);
});

test('a stranger is told which line is missing', async () => {
  const said = await press('U0EVE', 'release.hold');
  expect(said).toContain('people.yaml names nobody with the Slack id "U0EVE"');
  expect(said).toContain('slack: U0EVE }');
  expect(await holds()).toEqual([]);
});

test('a button pressed too late says what is there now', async () => {
  expect(await press('U0ADA', 'release.rollback')).toMatch(/^:warning: dev holds nothing of the service now/);
});

test('a command is taken, and answered when it is done', async () => {
  const form = {
    command: '/release',
    text: 'hold web dev <!channel> & friends',
    user_id: 'U0ADA',
    response_url: `${slackUrl()}/commands/1`,
  };
  const response = await send(form);
  expect(await response.json()).toEqual({ response_type: 'ephemeral', text: ':white_check_mark: On it.' });
  expect(await answerAt('/commands/1')).toContain('web: dev is held');
  expect(await holds()).toMatchObject([{ reason: '<!channel> & friends' }]);
  const why = { ...form, text: 'why web dev', response_url: `${slackUrl()}/commands/2` };
  await send(why);
  expect(await answerAt('/commands/2')).toContain('&lt;!channel&gt; &amp; friends');
});

test('a command that is none is answered at once with what there is', async () => {
  const form = { command: '/release', text: 'launch', user_id: 'U0ADA', response_url: `${slackUrl()}/commands/3` };
  const { text } = (await (await send(form)).json()) as { text: string };
  expect(text).toContain('There is no `launch`.');
  expect(text).toContain('/release rollback &lt;service&gt; &lt;environment&gt;');
});

test('W2 what Slack did not just sign is refused before it is read', async () => {
  const { form } = click('U0ADA', 'release.hold');
  const refusal = async (sent: Sent): Promise<string> => {
    const response = await send(form, sent);
    expect(response.status).toBe(403);
    return ((await response.json()) as { detail: string }).detail;
  };
  expect(await refusal({ key: 'another-secret-altogether' })).toContain('not signed with our secret');
  expect(await refusal({ at: Date.now() - 301_000 })).toContain('more than five minutes old');
  const unsigned = await fetch(`${api.url}/v1/webhooks/slack`, { method: 'POST', body: 'x'.repeat(100_000) });
  expect(unsigned.status).toBe(403);
});

test.each([
  ['another action', { payload: JSON.stringify({ type: 'block_actions', user: { id: 'U1' }, actions: [] }) }],
  [
    'a button of somebody else',
    {
      payload: JSON.stringify({
        type: 'block_actions',
        user: { id: 'U1' },
        response_url: 'https://hooks.slack.com/x',
        actions: [{ action_id: 'other.button' }],
      }),
    },
  ],
  ['no JSON', { payload: '{' }],
  ['nothing at all', {}],
])('what is no request of ours is refused: %s', async (_, form: Record<string, string>) => {
  expect((await send(form)).status).toBe(400);
});

test('an answer never goes anywhere else', async () => {
  const form = { command: '/release', text: 'status web', user_id: 'U0ADA', response_url: 'http://169.254.169.254/x' };
  expect((await send(form)).status).toBe(400);
});

test('a link that was opened, and Slack looking whether somebody is there, need nothing', async () => {
  expect((await send(click('U0ADA', 'release.open').form)).status).toBe(200);
  expect((await send({ ssl_check: '1' })).status).toBe(200);
});

test('once it was answered, the address of the answer is forgotten', async () => {
  expect(await press('U0ADA', 'release.logs')).toContain('No container of');
  const left = (): Promise<unknown> => Promise.resolve(api.database.db('chat_requests').whereNotNull('reply'));
  await expect.poll(left, { timeout: 30_000 }).toEqual([]);
});
