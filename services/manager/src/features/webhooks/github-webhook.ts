import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { AppError } from '@release-manager/domain';

import { readRawBody, type RawRoute } from '../../http/index.ts';
import { isGithubEvent, readGithubEvent, type GithubEvent } from './github-event.ts';
import type { GithubInbox } from './github-inbox.ts';
import { isSignedBy } from './github-signature.ts';
import { readPush, type WatchedBranch } from './push-event.ts';

export interface GithubWebhookDeps {
  /** Without it nothing is taken. */
  readonly secret: string | undefined;
  readonly configRepo: WatchedBranch;
  readonly inbox: GithubInbox;
  /** Whether anybody can speak with GitHub: without, only what concerns the config repo matters. */
  readonly followsSources: boolean;
}

interface Answer {
  readonly status: 200 | 202;
  readonly said: string;
}

/**
 * `POST /v1/webhooks/github`: guarded by the signature of the raw body, which is checked before anything in it is read. What
 * matters is stored and then answered: GitHub gives up after ten seconds, and says nothing twice by itself.
 */
export function createGithubWebhook(deps: GithubWebhookDeps): RawRoute {
  return {
    method: 'post',
    path: '/v1/webhooks/github',
    async handle(request, response) {
      const body = await readSigned(request, deps.secret);
      const { status, said } = await answerTo(request, body, deps);
      await reply(response, status, { result: said });
    },
  };
}

async function readSigned(request: IncomingMessage, secret: string | undefined): Promise<Buffer> {
  if (secret === undefined) {
    throw new AppError('not-found', 'webhook.off', 'This manager takes no webhooks of GitHub.', {
      next: 'whoever runs the manager can set GITHUB_WEBHOOK_SECRET',
    });
  }
  const signature = request.headers['x-hub-signature-256'];
  // A stranger's megabyte is not even read.
  if (typeof signature !== 'string') throw unsigned('has no X-Hub-Signature-256');
  const body = await readRawBody(request);
  if (!isSignedBy(secret, body, signature)) throw unsigned('is not signed with our secret');
  return body;
}

async function answerTo(request: IncomingMessage, body: Buffer, deps: GithubWebhookDeps): Promise<Answer> {
  const name = headerOf(request, 'x-github-event');
  if (name === 'ping') return { status: 200, said: 'pong' };
  if (!isGithubEvent(name)) return ignored('no event that matters here');
  const { event, isOurs, otherwise } = readEvent(name, parseJson(request, body), deps.configRepo);
  if (!isOurs && !deps.followsSources) return ignored(otherwise);
  if (event === undefined) throw malformed(`it is no ${name} event of GitHub`);
  const delivery = deliveryOf(request, body);
  const taken = await (isOurs ? deps.inbox.pushed(delivery, event) : deps.inbox.take(delivery, event));
  switch (taken) {
    case 'came before':
      return ignored(taken);
    case 'of no service':
      return ignored(otherwise);
    case 'taken':
      return { status: 202, said: isOurs ? 'the config repo is read' : taken };
  }
}

interface ReadEvent {
  /** Absent: it is none of GitHub's. */
  readonly event: GithubEvent | undefined;
  /** It moved the branch of the config repo. */
  readonly isOurs: boolean;
  /** Why it does not matter, where it is of no service. */
  readonly otherwise: string;
}

function readEvent(name: GithubEvent['event'], payload: unknown, configRepo: WatchedBranch): ReadEvent {
  const event = readGithubEvent(name, payload);
  if (name !== 'push') return { event, isOurs: false, otherwise: 'no service comes from there' };
  const push = readPush(payload, configRepo);
  if (push.kind === 'malformed') throw malformed('it is no push event of GitHub');
  return { event, isOurs: push.kind === 'ours', otherwise: push.kind === 'other' ? push.why : '' };
}

/** GitHub names each delivery; whoever does not is known by what it says. */
function deliveryOf(request: IncomingMessage, body: Buffer): string {
  return headerOf(request, 'x-github-delivery') ?? createHash('sha256').update(body).digest('hex');
}

function ignored(why: string): Answer {
  return { status: 202, said: `ignored: ${why}` };
}

function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value.slice(0, 100) : undefined;
}

/** Plain JSON: who signed it may be believed not to send duplicate keys, and unknown fields may come at any time. */
function parseJson(request: IncomingMessage, body: Buffer): unknown {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new AppError('invalid', 'http.media-type', 'The webhook sends something other than JSON.', {
      next: 'choose the content type application/json in the settings of the webhook',
    });
  }
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw malformed('it is not JSON');
  }
}

function reply(response: ServerResponse, status: number, body: unknown): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once('close', resolve);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body), () => resolve());
  return promise;
}

function unsigned(why: string): AppError {
  return new AppError('forbidden', 'webhook.signature', `The delivery ${why}.`, {
    next: 'set the same secret in the settings of the webhook and in GITHUB_WEBHOOK_SECRET',
  });
}

function malformed(why: string): AppError {
  return new AppError('invalid', 'webhook.payload', `The delivery cannot be read: ${why}.`);
}
