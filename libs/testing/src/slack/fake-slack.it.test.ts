import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startFakeSlack, type FakeSlack } from './fake-slack.ts';
import { slackLimits } from './slack-limits.ts';

let at: number;
let slack: FakeSlack;

beforeEach(async () => {
  at = Date.parse('2026-03-02T10:00:00Z');
  slack = await startFakeSlack({ now: () => new Date(at) });
  slack.channel('C0123ABCD');
});
afterEach(() => slack.stop());

async function call(method: string, given: Readonly<Record<string, unknown>>, token = slack.token) {
  const form = Object.entries(given).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const response = await fetch(`${slack.url}/${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: new URLSearchParams(form),
  });
  const body = (await response.json()) as Readonly<Record<string, unknown>>;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
}

const post = (blocks: readonly unknown[], more: object = {}) =>
  call('chat.postMessage', { channel: 'C0123ABCD', text: 'news', blocks, ...more });
const text = (length: number): string => 'x'.repeat(length);
const section = (length: number) => ({ type: 'section', text: { type: 'mrkdwn', text: text(length) } });
const button = (more: object) => ({
  type: 'button',
  text: { type: 'plain_text', text: 'Go' },
  action_id: 'go',
  ...more,
});
const actions = (elements: readonly unknown[]) => ({ type: 'actions', elements });
const context = (length: number) => ({
  type: 'context',
  elements: Array.from({ length }, () => ({ type: 'mrkdwn', text: 'x' })),
});

describe('the limits of a message', () => {
  it.each([
    ['text of a section', (more: number) => [section(slackLimits.sectionText + more)]],
    ['text of a header', (more: number) => [{ type: 'header', text: { type: 'plain_text', text: text(150 + more) } }]],
    [
      'label of a button',
      (more: number) => [actions([button({ text: { type: 'plain_text', text: text(75 + more) } })])],
    ],
    ['value of a button', (more: number) => [actions([button({ value: text(2000 + more) })])]],
    ['action_id of a button', (more: number) => [actions([button({ action_id: text(255 + more) })])]],
    ['block_id', (more: number) => [{ ...section(1), block_id: text(255 + more) }]],
    ['elements of a context', (more: number) => [context(10 + more)]],
    [
      'elements of actions',
      (more: number) => [
        actions(Array.from({ length: 25 + more }, (_, index) => button({ action_id: `go-${index}` }))),
      ],
    ],
    ['blocks', (more: number) => Array.from({ length: 50 + more }, () => ({ type: 'divider' }))],
  ])('are kept at the edge: %s', async (_, blocksOf) => {
    expect((await post(blocksOf(0))).body).toMatchObject({ ok: true });
    at += 1000;
    expect((await post(blocksOf(1))).body).toMatchObject({ ok: false, error: 'invalid_blocks' });
    expect(slack.misfits).not.toEqual([]);
  });

  it('are kept by all blocks together, far below what each block may hold', async () => {
    const wrap = JSON.stringify([section(0), section(0), section(0), section(0), section(0)]).length;
    const room = slackLimits.allBlocks - wrap;
    const blocksOf = (more: number) => [3000, 3000, 3000, 3000, room - 12_000 + more].map(section);
    expect((await post(blocksOf(0))).body).toMatchObject({ ok: true });
    at += 1000;
    expect((await post(blocksOf(1))).body).toMatchObject({ error: 'msg_blocks_too_long' });
  });

  it('are kept by text and metadata', async () => {
    expect((await post([], { text: text(40_000) })).body).toMatchObject({ ok: true });
    at += 1000;
    expect((await post([], { text: text(40_001) })).body).toMatchObject({ error: 'msg_too_long' });
    const metadata = { event_type: 'release', event_payload: { id: text(8000) } };
    expect((await post([], { metadata })).body).toMatchObject({ error: 'metadata_too_large' });
    expect((await post([], { text: '' })).body).toMatchObject({ error: 'no_text' });
  });

  it.each([
    ['an unknown block', { type: 'carousel' }],
    ['an unknown field', { ...section(1), colour: 'red' }],
    ['an empty text', section(0)],
    ['one action twice', actions([button({}), button({})])],
    ['an address that is none', actions([button({ url: 'javascript:alert(1)' })])],
  ])('refuse %s', async (_, block) => {
    expect((await post([block])).body).toMatchObject({ error: 'invalid_blocks' });
  });

  it('refuse arguments and methods that Slack does not have', async () => {
    expect((await post([], { unfurl: true })).body).toMatchObject({ error: 'invalid_arguments' });
    expect((await call('chat.update', { channel: 'C0123ABCD', text: 'x' })).body).toMatchObject({
      error: 'invalid_arguments',
    });
    expect((await call('chat.shout', {})).body).toMatchObject({ error: 'unknown_method' });
    expect((await call('auth.test', {}, 'xoxb-other')).body).toMatchObject({ error: 'invalid_auth' });
    expect(slack.misfits).toEqual([
      'chat.postMessage: there is no argument unfurl',
      'chat.update: ts is missing',
      'POST /api/chat.shout: Slack has no such method, or the fake does not know it',
    ]);
  });
});

describe('the limits of requests', () => {
  it('are one message per second and channel, by its clock', async () => {
    slack.channel('C0OTHER00');
    const first = await post([]);
    const second = await post([]);
    expect(first.status).toBe(200);
    expect(second).toMatchObject({ status: 429, retryAfter: '1', body: { error: 'ratelimited' } });
    expect((await post([], { channel: 'C0OTHER00' })).status).toBe(200);
    at += 1000;
    expect((await post([])).status).toBe(200);
    expect(slack.limitsHit).toBe(1);
  });

  it('are those of the tier of a method', async () => {
    const { body } = await post([]);
    const edit = () => call('chat.update', { channel: 'C0123ABCD', ts: body['ts'], text: 'y' });
    for (let edits = 0; edits < 50; edits += 1) expect((await edit()).status).toBe(200);
    at += 20_000;
    expect(await edit()).toMatchObject({ status: 429, retryAfter: '40' });
    at += 40_000;
    expect((await edit()).status).toBe(200);
  });
});

it('shows a channel as a page that nothing in a message can act on', async () => {
  const { body } = await post([
    {
      type: 'section',
      text: { type: 'mrkdwn', text: '*bold* <https://example.com|a &lt;b&gt; link> <javascript:alert(1)|no> <script>' },
    },
    { type: 'header', text: { type: 'plain_text', text: '"><img src=x onerror=alert(1)>' } },
    actions([button({ url: 'https://example.com/?a="b' })]),
  ]);
  at += 1000;
  await post([], { thread_ts: body['ts'], text: 'in the thread' });
  const response = await fetch(`${slack.url.replace('/api', '')}/channels/C0123ABCD`);
  const html = await response.text();
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(html).toContain('<b>bold</b>');
  expect(html).toContain('<a href="https://example.com" rel="noreferrer">a &lt;b&gt; link</a>');
  expect(html).toContain('1 reply');
  expect(html).not.toMatch(/<script|<img|href="javascript|onerror=alert\(1\)>(?!&gt;)/);
});

it('lets people press buttons and type commands on its page, and signs them as Slack does', async () => {
  const told: {
    readonly headers: Readonly<Record<string, unknown>>;
    readonly body: URLSearchParams;
    readonly raw: string;
  }[] = [];
  const hear = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const raw = await readText(request);
    told.push({ headers: request.headers, body: new URLSearchParams(raw), raw });
    response.end(raw.includes('command=') ? JSON.stringify({ text: 'On it.' }) : '');
  };
  const app = createServer((request, response) => void hear(request, response));
  await new Promise<void>((resolve) => {
    app.listen(0, '127.0.0.1', resolve);
  });
  const signingSecret = 'a-signing-secret-for-tests-only';
  slack.interactions.to({ url: `http://127.0.0.1:${(app.address() as AddressInfo).port}`, signingSecret });
  slack.person('ada@example.com', 'U0ADA', 'Ada <b>');
  const { body } = await post([actions([button({ action_id: 'release.hold', value: 'v' })])]);
  const page = `${new URL(slack.url).origin}/channels/C0123ABCD`;
  const submit = async (deed: string, fields: Record<string, string>, headers: Record<string, string> = {}) => {
    const form = new URLSearchParams({ user: 'U0ADA', ...fields });
    const response = await fetch(`${page}/${deed}`, { method: 'POST', body: form, headers, redirect: 'manual' });
    return response.status;
  };
  try {
    const pressed = { ts: String(body['ts']), action: 'release.hold' };
    expect(await submit('press', pressed, { origin: 'https://evil.example' })).toBe(403);
    expect(told).toEqual([]);
    expect(await submit('press', pressed)).toBe(303);
    expect(await submit('type', { text: 'why web prod' })).toBe(303);
    expect(await submit('press', { ...pressed, action: 'release.gone' })).toBe(303);
  } finally {
    app.close();
  }
  const [click, command] = told;
  const payload = JSON.parse(click?.body.get('payload') ?? '{}') as Record<string, unknown>;
  expect(payload).toMatchObject({ type: 'block_actions', user: { id: 'U0ADA' }, actions: [{ value: 'v' }] });
  expect(String(payload['response_url'])).toMatch(/\/answers\/C0123ABCD-U0ADA-1$/);
  const time = String(click?.headers['x-slack-request-timestamp']);
  const mac = createHmac('sha256', signingSecret)
    .update(`v0:${time}:${click?.raw ?? ''}`)
    .digest('hex');
  expect(click?.headers['x-slack-signature']).toBe(`v0=${mac}`);
  expect(command?.body.get('text')).toBe('why web prod');
  const html = await (await fetch(`${page}?as=U0ADA`)).text();
  expect(html).toContain('On it.');
  expect(html).toContain('There is no button release.gone on this message any more.');
  expect(html).toContain('<b>Ada &lt;b&gt;</b>');
});
