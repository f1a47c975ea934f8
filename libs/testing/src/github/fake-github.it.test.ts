import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { startFakeGithub, type FakeGithub, type FakeRepository } from '../index.ts';
import type { WebhookExamples } from './webhooks.ts';

const examples = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@octokit/webhooks-examples'), 'utf8'),
) as WebhookExamples;

interface Heard {
  readonly event: string;
  readonly id: string;
  readonly isSigned: boolean;
  readonly payload: Readonly<Record<string, unknown>>;
}

const secret = 'a secret of this test';
let fake: FakeGithub;
let web: FakeRepository;
let heard: Heard[];
let stopReceiver: () => void;

beforeEach(async () => {
  heard = [];
  fake = await startFakeGithub();
  web = fake.repository('Shop/web');
  web.grow('main', { 'release.yaml': 'service: web\n' });
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      const signature = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
      heard.push({
        event: String(request.headers['x-github-event']),
        id: String(request.headers['x-github-delivery']),
        isSigned: request.headers['x-hub-signature-256'] === signature,
        payload: JSON.parse(body.toString()) as Heard['payload'],
      });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  fake.webhooks.to({ url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`, secret, examples });
  stopReceiver = () => {
    receiver.closeAllConnections();
    receiver.close();
  };
});
afterEach(async () => {
  stopReceiver();
  await fake.stop();
});

const opened = () =>
  fake.people.open(web, {
    title: 'Sell <b>more</b>',
    author: 'ada',
    head: 'sell',
    files: [{ filename: 'a.ts', status: 'added' }],
  });

describe('what people do', () => {
  it('is told as GitHub tells it: real payloads, signed, with what happened put in', async () => {
    const { number, headSha } = await opened();
    const next = await fake.people.pushTo(web, number);
    await fake.people.comment(web, number, 'bob', '/why');
    const merged = await fake.people.merge(web, number, 'bob', 'squash');
    expect(heard.map(({ event, payload }) => [event, payload['action']])).toEqual([
      ['pull_request', 'opened'],
      ['pull_request', 'synchronize'],
      ['issue_comment', 'created'],
      ['push', undefined],
      ['pull_request', 'closed'],
    ]);
    expect(heard.every(({ isSigned }) => isSigned)).toBe(true);
    const repository = { full_name: 'Shop/web', clone_url: `${fake.url}/Shop/web.git` };
    expect(heard[0]?.payload).toMatchObject({
      number,
      repository,
      pull_request: { head: { sha: headSha, ref: 'sell' } },
    });
    expect(heard[1]?.payload).toMatchObject({ before: headSha, after: next });
    expect(heard[2]?.payload).toMatchObject({ comment: { body: '/why', user: { login: 'bob' } }, issue: { number } });
    expect(heard[3]?.payload).toMatchObject({ ref: 'refs/heads/main', after: merged });
    expect(heard[4]?.payload).toMatchObject({ pull_request: { merged: true, merge_commit_sha: merged } });
    expect(web.filesAt(merged).get('release.yaml')).toBe('service: web\n');
  });

  it('is not told in an outage, and again only when somebody asks for it', async () => {
    fake.webhooks.isLosing = true;
    await opened();
    expect(heard).toEqual([]);
    fake.webhooks.isLosing = false;
    const [lost] = fake.webhooks.deliveries;
    expect(await fake.webhooks.redeliver(lost?.id ?? '')).toMatchObject({ status: 202 });
    await fake.webhooks.redeliver(lost?.id ?? '');
    expect(new Set(heard.map(({ id }) => id)).size).toBe(1);
  });
});

describe('its pages', () => {
  const html = { accept: 'text/html,application/xhtml+xml' };

  it('show a pull request, and take a comment', async () => {
    const { number } = await opened();
    const page = `${fake.url}/shop/web/pull/${number}`;
    const form = new URLSearchParams({ body: '/release dev', by: 'ada' });
    const answer = await fetch(page, { method: 'POST', headers: html, body: form });
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const shown = await answer.text();
    expect(shown).toContain('/release dev');
    expect(shown).toContain('Sell &lt;b&gt;more&lt;/b&gt;');
    expect(heard.at(-1)).toMatchObject({ event: 'issue_comment', payload: { sender: { login: 'ada' } } });
    const list = await fetch(`${fake.url}/shop/web/pulls`, { headers: html });
    expect(await list.text()).toContain(`/Shop/web/pull/${number}`);
    expect((await fetch(`${fake.url}/shop/none/pulls`, { headers: html })).status).toBe(404);
  });

  it('take none from another site', async () => {
    const { number } = await opened();
    const answer = await fetch(`${fake.url}/shop/web/pull/${number}`, {
      method: 'POST',
      headers: { ...html, 'sec-fetch-site': 'cross-site' },
      body: new URLSearchParams({ body: '/release prod' }),
    });
    expect(answer.status).toBe(403);
    expect(web.comments).toEqual([]);
  });
});

it('refuses what GitHub’s description does not have', async () => {
  const headers = { 'user-agent': 'x', 'x-github-api-version': '2022-11-28', authorization: `token ${fake.token}` };
  const post = (path: string, body: object) =>
    fetch(`${fake.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect((await post('/repos/Shop/web/deployments', { ref: 'main', enviroment: 'prod' })).status).toBe(422);
  expect((await post('/repos/Shop/web/nothing', {})).status).toBe(422);
  expect(fake.misfits).toHaveLength(2);
  expect(web.deployments).toEqual([]);
});
