import { startFakeSlack, type FakeSlack } from '@release-manager/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createSlack } from './create-slack.ts';
import type { Slack, SlackMessage, SlackMetadata } from './slack.ts';

const channel = 'C0123ABCD';
let at: number;
let fake: FakeSlack;
let slack: Slack;

beforeEach(async () => {
  at = Date.parse('2026-03-02T10:00:00Z');
  fake = await startFakeSlack({ now: () => new Date((at += 1000)) });
  fake.channel(channel);
  slack = createSlack({ auth: { token: fake.token }, baseUrl: `${fake.url}/` });
});
afterEach(async () => {
  await fake.stop();
  if (fake.misfits.length > 0) throw new Error(`Slack would not take: ${fake.misfits.join('; ')}`);
});

const metadata = (release: string): SlackMetadata => ({ eventType: 'release_manager', payload: { release } });
const message = (text: string, release = 'rel_1'): SlackMessage => ({
  text,
  blocks: [
    { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } },
    { type: 'actions', elements: [{ type: 'button', text: { type: 'plain_text', text: 'Go' }, action_id: 'go' }] },
    { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'log' }] }] },
  ],
  metadata: metadata(release),
});
const since = new Date('2026-03-02T09:00:00Z');

describe('messages', () => {
  it('are posted, edited, answered in their thread, and found again', async () => {
    const parent = await slack.post({ channel, ...message('one') });
    await slack.post({ channel, ...message('another', 'rel_2') });
    await slack.edit(parent, message('two'));
    const reply = await slack.post({ channel, threadTs: parent.ts, broadcast: true, ...message('reply', 'rel_1/1') });
    expect(fake.messages).toMatchObject([
      { ts: parent.ts, text: 'two', edits: 1, broadcast: false },
      { text: 'another' },
      { ts: reply.ts, threadTs: parent.ts, broadcast: true },
    ]);
    expect(await slack.findMessage({ channel, since }, { metadata: metadata('rel_1') })).toEqual(parent);
    const inThread = { channel, threadTs: parent.ts, since };
    expect(await slack.findMessage(inThread, { metadata: metadata('rel_1/1') })).toEqual(reply);
    expect(await slack.findMessage(inThread, { metadata: metadata('rel_3') })).toBeUndefined();
    const later = new Date((Number(reply.ts) + 1) * 1000);
    expect(await slack.findMessage({ channel, since: later }, { metadata: metadata('rel_1') })).toBeUndefined();
  });

  it('are found behind hundreds of others', async () => {
    const first = await slack.post({ channel, ...message('one') });
    for (let count = 0; count < 250; count += 1)
      fake.channel(channel).add({ text: 'x', blocks: [], broadcast: false, files: [] }, new Date((at += 1000)));
    expect(await slack.findMessage({ channel, since }, { metadata: metadata('rel_1') })).toEqual(first);
  });

  it('that are gone are said to be', async () => {
    const parent = await slack.post({ channel, ...message('one') });
    fake.forget(parent);
    await expect(slack.edit(parent, message('two'))).rejects.toMatchObject({
      kind: 'not-found',
      code: 'slack.message-gone',
    });
    await expect(slack.post({ channel, threadTs: parent.ts, ...message('reply') })).rejects.toMatchObject({
      code: 'slack.message-gone',
    });
  });
});

it('shares a log as a snippet in a thread, and finds it by its name', async () => {
  const parent = await slack.post({ channel, ...message('one') });
  const snippet = { channel, threadTs: parent.ts, filename: 'web-rel_1.log', title: 'web', content: 'äöü\nend' };
  await slack.uploadSnippet({ ...snippet, comment: 'the log' });
  expect(fake.messages.at(-1)).toMatchObject({
    threadTs: parent.ts,
    text: 'the log',
    files: [{ name: 'web-rel_1.log', title: 'web', content: 'äöü\nend' }],
  });
  const search = { channel, threadTs: parent.ts, since };
  expect(await slack.findMessage(search, { filename: 'web-rel_1.log' })).toBeDefined();
  expect(await slack.findMessage(search, { filename: 'web-rel_2.log' })).toBeUndefined();

  fake.beforeAnswer(({ method }) => (method === 'upload' ? 'drop' : undefined));
  await expect(slack.uploadSnippet({ ...snippet, filename: 'b.log' })).rejects.toMatchObject({
    code: 'slack.unavailable',
  });
});

it('knows people by e-mail, and itself by its token', async () => {
  fake.person('Ada@example.com', 'U012AB3CD');
  expect(await slack.lookupUserByEmail('ada@example.com')).toBe('U012AB3CD');
  expect(await slack.lookupUserByEmail('eve@example.com')).toBeUndefined();
  expect(await slack.authTest()).toMatchObject({
    team: 'Fake',
    user: 'release-manager',
    scopes: expect.arrayContaining(['chat:write', 'channels:history']) as string[],
  });
});

describe('errors', () => {
  it.each([
    [{ error: 'invalid_auth' }, 'unauthenticated', 'slack.token'],
    [{ error: 'missing_scope' }, 'forbidden', 'slack.scope'],
    [{ error: 'not_in_channel' }, 'forbidden', 'slack.not-in-channel'],
    [{ error: 'is_archived' }, 'forbidden', 'slack.archived'],
    [{ error: 'channel_not_found' }, 'not-found', 'slack.channel-gone'],
    [{ error: 'invalid_blocks' }, 'invalid', 'slack.refused'],
    [{ error: 'something_new' }, 'invalid', 'slack.refused'],
    [{ error: 'internal_error' }, 'unavailable', 'slack.unavailable'],
    [{ status: 503 }, 'unavailable', 'slack.unavailable'],
    [{ status: 200 }, 'unavailable', 'slack.unavailable'],
    [{ status: 404 }, 'invalid', 'slack.refused'],
    ['drop' as const, 'unavailable', 'slack.unavailable'],
    ['drop-after' as const, 'unavailable', 'slack.unavailable'],
  ])('%o is %s', async (fault, kind, code) => {
    fake.beforeAnswer(() => fault);
    await expect(slack.post({ channel, ...message('x') })).rejects.toMatchObject({ kind, code });
    expect(fake.requests).toHaveLength(1);
  });

  it('say how long to wait, within reason', async () => {
    fake.beforeAnswer(() => ({ status: 429, retryAfter: 12 }));
    await expect(slack.authTest()).rejects.toMatchObject({ kind: 'limited', details: { retryAfterSeconds: 12 } });
    fake.beforeAnswer(() => ({ status: 429, retryAfter: 99_999_999 }));
    await expect(slack.authTest()).rejects.toMatchObject({ details: { retryAfterSeconds: 3600 } });
    fake.beforeAnswer(() => ({ status: 429 }));
    await expect(slack.authTest()).rejects.toMatchObject({ kind: 'limited', details: { retryAfterSeconds: 30 } });
    fake.beforeAnswer(() => ({ error: 'ratelimited' }));
    await expect(slack.authTest()).rejects.toMatchObject({ kind: 'limited' });
  });

  it('hold neither the token nor what was sent', async () => {
    for (const fault of [{ error: 'invalid_auth' }, { status: 500 }, 'drop', { status: 429 }] as const) {
      fake.beforeAnswer(() => fault);
      const error: unknown = await slack.post({ channel, ...message('hush-hush') }).catch((thrown: unknown) => thrown);
      const { message: text, stack, cause, details } = error as Error & { details: unknown };
      const all = JSON.stringify([text, stack, cause, details, error]);
      expect(all).not.toContain(fake.token);
      expect(all).not.toContain('hush-hush');
      expect(cause).toBeUndefined();
    }
  });

  it('come at once from a server that says nothing, when the caller has had enough', async () => {
    fake.beforeAnswer(() => 'silence');
    const enough = new AbortController();
    const posting = slack.post({ channel, ...message('x') }, enough.signal);
    enough.abort();
    await expect(posting).rejects.toMatchObject({ code: 'slack.unavailable' });
    const impatient = createSlack({ auth: { token: fake.token }, baseUrl: fake.url, timeoutMs: 50 });
    await expect(impatient.authTest()).rejects.toMatchObject({ code: 'slack.unavailable' });
  });
});
