import { createHmac } from 'node:crypto';
import type { Server } from 'node:http';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';

import webhookExamples from '@octokit/webhooks-examples';
import { AppError } from '@release-manager/domain';
import express, { type ErrorRequestHandler } from 'express';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';

import { createGithubWebhook, type GithubWebhookDeps } from './github-webhook.ts';

/** Real payloads, by the name of their event. */
const webhooks = z
  .array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }))
  .parse(webhookExamples);

const secret = 'a secret of this test';
const push = {
  ref: 'refs/heads/main',
  before: null,
  head_commit: null,
  pusher: null,
  repository: {
    full_name: 'Acme/config',
    clone_url: 'https://github.com/Acme/config.git',
    ssh_url: 'git@github.com:Acme/config.git',
    html_url: null,
  },
};

let server: Server | undefined;
/** What reached the inbox. */
let pushes = 0;
let taken: string[];
let fails: Error | undefined;

beforeEach(() => {
  pushes = 0;
  taken = [];
  fails = undefined;
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** The route as the manager mounts it, on a real port; refusals as their code. */
async function open(deps: Partial<GithubWebhookDeps> = {}): Promise<string> {
  const route = createGithubWebhook({
    secret,
    configRepo: { url: 'https://github.com/acme/config.git', branch: 'main' },
    inbox: {
      pushed: (delivery) => take(delivery, 'config repo', () => void (pushes += 1)),
      take: (delivery, { event }) => take(delivery, event, () => undefined),
    },
    followsSources: true,
    ...deps,
  });
  const app = express();
  app.post(route.path, (request, response) => route.handle(request, response));
  const answer: ErrorRequestHandler = (error: unknown, _request, response, next) => {
    const { code, kind } = error instanceof AppError ? error : { code: String(error), kind: 'bug' };
    response.status(400).json({ code, kind });
    void next;
  };
  app.use(answer);
  server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${route.path}`;
}

function take(delivery: string, what: string, then: () => void): Promise<'taken' | 'came before'> {
  if (fails !== undefined) return Promise.reject(fails);
  if (taken.includes(`${delivery} ${what}`)) return Promise.resolve('came before');
  taken.push(`${delivery} ${what}`);
  then();
  return Promise.resolve('taken');
}

function signed(body: string | Buffer, key = secret): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
}

interface Delivery {
  readonly event?: string;
  readonly id?: string;
  readonly payload?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function deliver(url: string, { event = 'push', id = 'd1', payload = push, headers = {} }: Delivery = {}) {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': id,
      'x-hub-signature-256': signed(body),
      ...headers,
    },
    body,
  });
  return {
    status: response.status,
    body: (await response.json()) as { code?: string; kind?: string; result?: string },
  };
}

describe('W1: who may speak', () => {
  test('a signed push to the branch is answered and works', async () => {
    const answer = await deliver(await open());
    expect(answer).toMatchObject({ status: 202, body: { result: 'the config repo is read' } });
    expect(pushes).toBe(1);
  });

  test.each([
    ['another secret', { 'x-hub-signature-256': signed(JSON.stringify(push), 'another') }],
    ['another body', { 'x-hub-signature-256': signed('{}') }],
    ['an empty signature', { 'x-hub-signature-256': '' }],
    ['a short signature', { 'x-hub-signature-256': 'sha256=00' }],
    ['SHA-1 alone', { 'x-hub-signature-256': '', 'x-hub-signature': 'sha1=0000000000000000000000000000000000000000' }],
    ['another algorithm', { 'x-hub-signature-256': signed(JSON.stringify(push)).replace('sha256', 'sha1') }],
  ])('%s is refused', async (_what, headers) => {
    const answer = await deliver(await open(), { headers });
    expect(answer.body).toEqual({ code: 'webhook.signature', kind: 'forbidden' });
    expect(pushes).toBe(0);
  });

  test('without a secret there is no such address, whatever is sent', async () => {
    const answer = await deliver(await open({ secret: undefined }));
    expect(answer.body).toEqual({ code: 'webhook.off', kind: 'not-found' });
  });
});

describe('W1: what is said', () => {
  test('a ping is answered', async () => {
    expect(await deliver(await open(), { event: 'ping', payload: { zen: 'x' } })).toMatchObject({ status: 200 });
  });

  test.each([
    ['another event', { event: 'star' }],
    ['no event', { event: '' }],
    ['another repository', { payload: { ...push, repository: { clone_url: 'https://github.com/acme/other.git' } } }],
    [
      'a repository of that path elsewhere',
      { payload: { ...push, repository: { clone_url: 'https://evil.example/acme/config' } } },
    ],
    ['another branch', { payload: { ...push, ref: 'refs/heads/topic' } }],
    ['a tag of the branch’s name', { payload: { ...push, ref: 'refs/tags/main' } }],
    ['a longer branch', { payload: { ...push, ref: 'refs/heads/x/refs/heads/main' } }],
  ])('%s is taken and ignored', async (_what, delivery) => {
    const answer = await deliver(await open({ followsSources: false }), delivery);
    expect(answer.status).toBe(202);
    expect(answer.body.result).toContain('ignored');
    expect(taken).toEqual([]);
    expect(pushes).toBe(0);
  });

  test.each([
    'https://github.com/acme/config',
    'ssh://git@github.com/acme/config.git',
    'ssh://git@ssh.github.com:443/acme/config.git',
  ])('the repository is known by the address %s too', async (url) => {
    await deliver(await open({ configRepo: { url, branch: 'main' } }));
    expect(pushes).toBe(1);
  });

  test.each([
    'null',
    '[]',
    '{}',
    '{"ref":null,"repository":null}',
    '{"ref":"x","repository":{"clone_url":7}}',
    '{',
    '',
  ])('a signed body that is no push is said to be none: %j', async (payload) => {
    const answer = await deliver(await open(), { payload });
    expect(answer.body).toEqual({ code: 'webhook.payload', kind: 'invalid' });
  });

  test('a form is refused with the setting to change', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await deliver(await open(), { headers })).body.code).toBe('http.media-type');
  });

  test('a delivery that comes twice works once, another one again', async () => {
    const url = await open();
    await deliver(url, { id: 'one' });
    expect((await deliver(url, { id: 'one' })).body.result).toContain('came before');
    await deliver(url, { id: 'two' });
    expect(pushes).toBe(2);
  });
});

describe('W1: how much, and when', () => {
  test('more than a megabyte is refused unread, and so is what turns out to be', async () => {
    const url = await open();
    const large = JSON.stringify({ ...push, commits: 'x'.repeat(25 * 1024 * 1024) });
    expect((await announced(url, 25 * 1024 * 1024)).code).toBe('http.too-large');
    const chunked = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-github-event': 'push', 'x-hub-signature-256': signed(large) },
      body: new Blob([large]).stream(),
      duplex: 'half',
    }).then(
      async (response) => ((await response.json()) as { code: string }).code,
      () => 'hung up',
    );
    expect(['http.too-large', 'hung up']).toContain(chunked);
    expect(pushes).toBe(0);
    expect((await deliver(url)).status).toBe(202);
  });

  test('what cannot be stored is not said to be taken, and may come again', async () => {
    const url = await open();
    fails = new AppError('unavailable', 'database.unavailable', 'the database is away');
    expect((await deliver(url)).body.code).toBe('database.unavailable');
    fails = undefined;
    expect((await deliver(url)).status).toBe(202);
    expect(taken).toEqual(['d1 config repo']);
  });
});

describe('W1: GitHub’s own examples', () => {
  const events = ['pull_request', 'push', 'issue_comment', 'installation', 'installation_repositories'] as const;
  const examples = events.flatMap((event) =>
    (webhooks.find(({ name }) => name === event)?.examples ?? []).map((payload, index) => ({ event, index, payload })),
  );

  test('each is read, and stored by its delivery', async () => {
    const url = await open();
    for (const { event, index, payload } of examples) {
      const answer = await deliver(url, { event, id: `${event} ${index}`, payload });
      expect(answer, `${event} ${index}`).toMatchObject({ status: 202, body: { result: 'taken' } });
    }
    expect(examples.length).toBeGreaterThan(50);
    expect(taken).toHaveLength(examples.length);
  });

  test('with null in the place of anything none does more than to be refused', async () => {
    const url = await open();
    const [{ payload } = { payload: {} }] = examples;
    const keys = Object.keys(payload);
    for (const key of keys) {
      const { status, body } = await deliver(url, {
        event: 'pull_request',
        id: key,
        payload: { ...payload, [key]: null },
      });
      expect([status, body.code ?? body.result]).toEqual(
        ['action', 'pull_request', 'repository'].includes(key) ? [400, 'webhook.payload'] : [202, 'taken'],
      );
    }
  });
});

/** Says how much will come and sends nothing of it. */
function announced(url: string, length: number): Promise<{ code: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ code: string }>();
  const sent = httpRequest(url, {
    method: 'POST',
    headers: { 'content-length': length, 'x-hub-signature-256': signed('x'), 'x-github-event': 'push' },
  });
  sent.on('response', (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as { code: string });
      sent.destroy();
    });
  });
  sent.on('error', reject);
  sent.flushHeaders();
  return promise;
}
