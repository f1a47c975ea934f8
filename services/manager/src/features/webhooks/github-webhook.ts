import type { IncomingMessage, ServerResponse } from 'node:http';

import { AppError } from '@release-manager/domain';
import type { Logger } from '@release-manager/runtime';

import { readRawBody, type RawRoute } from '../../http/index.ts';
import { isSignedBy } from './github-signature.ts';
import { readPush, type WatchedBranch } from './push-event.ts';
import { SeenDeliveries } from './seen-deliveries.ts';

export interface GithubWebhookDeps {
  /** Without it nothing is taken. */
  readonly secret: string | undefined;
  readonly configRepo: WatchedBranch;
  /** The branch of the config repo was moved. Called after the answer; a failure is logged, since the poll comes anyway. */
  readonly onPush: () => Promise<void>;
  readonly logger: Logger;
}

/** A delivery that comes again later than this many others is looked at again, which does no harm. */
const remembered = 1000;

interface Answer {
  readonly status: 200 | 202;
  readonly said: string;
  readonly work?: () => Promise<void>;
}

/** `POST /v1/webhooks/github`: guarded by the signature of the raw body, which is checked before anything in it is read. */
export function createGithubWebhook(deps: GithubWebhookDeps): RawRoute {
  const seen = new SeenDeliveries(remembered);
  return {
    method: 'post',
    path: '/v1/webhooks/github',
    async handle(request, response) {
      const body = await readSigned(request, deps.secret);
      const { status, said, work } = answerTo(request, body, deps, seen);
      await reply(response, status, { result: said });
      // GitHub gives up after ten seconds and does not try again: it has its answer before there is anything to wait for.
      await work?.().catch((error: unknown) => deps.logger.warn('work for a webhook failed', { error }));
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

function answerTo(request: IncomingMessage, body: Buffer, deps: GithubWebhookDeps, seen: SeenDeliveries): Answer {
  const event = headerOf(request, 'x-github-event');
  if (event === 'ping') return { status: 200, said: 'pong' };
  if (event !== 'push') return { status: 202, said: 'ignored: no event that matters here' };
  const meaning = readPush(parseJson(request, body), deps.configRepo);
  if (meaning.kind === 'malformed') throw malformed('it is no push event of GitHub');
  if (meaning.kind === 'other') return { status: 202, said: `ignored: ${meaning.why}` };
  const delivery = headerOf(request, 'x-github-delivery');
  if (delivery !== undefined && !seen.add(delivery)) return { status: 202, said: 'ignored: came before' };
  return { status: 202, said: 'the config repo is read', work: () => deps.onPush() };
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
