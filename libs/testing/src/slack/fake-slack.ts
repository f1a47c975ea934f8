import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { serveChannel } from './channel-server.ts';
import { slackAnswers, type FakeWorkspace, type SlackAnswer } from './fake-answers.ts';
import { FakeChannel, type FakeSlackMessage } from './fake-channel.ts';
import { makeInteractions, type FakeInteractions } from './interactions.ts';
import { readArguments, slackMethods, type SlackArguments } from './method-table.ts';
import { RateLimiter } from './rate-limiter.ts';

export interface FakeSlackRequest {
  /** `chat.postMessage`, or `upload` for the bytes of a file. */
  readonly method: string;
  readonly arguments: SlackArguments;
}

/**
 * Instead of an answer: one of Slack's codes, a status, a connection that ends before (`drop`) or after the work was done
 * (`drop-after`), silence.
 */
export type SlackFault =
  | { readonly error: string }
  | { readonly status: number; readonly retryAfter?: number }
  | 'drop'
  | 'drop-after'
  | 'silence';

export interface FakeSlackOptions {
  readonly now?: () => Date;
  /** Slack's own limits on requests; on by default. */
  readonly rateLimits?: boolean;
  /** What the token may do; everything by default. */
  readonly scopes?: readonly string[];
}

const everyScope = [
  'chat:write',
  'channels:history',
  'groups:history',
  'files:write',
  'users:read',
  'users:read.email',
];

/** An answer that only whoever clicked or typed is shown. */
export interface FakeSlackResponse {
  /** The name of the address. */
  readonly name: string;
  readonly text: string;
}

export interface FakeSlack {
  /** For SLACK_API_URL. */
  readonly url: string;
  readonly token: string;
  /** Makes a channel with the app in it. */
  channel(id: string): FakeChannel;
  /** Makes somebody known by e-mail; with a name they can look at channels as themselves, and press buttons. */
  person(email: string, id: string, name?: string): void;
  /** All messages of all channels, by channel and in their order. */
  readonly messages: readonly FakeSlackMessage[];
  /** Requests so far that fitted Slack's reference. */
  readonly requests: readonly FakeSlackRequest[];
  /** What did not fit: a test expects it to be empty. */
  readonly misfits: readonly string[];
  /** An address that takes the answer to a click or a command, as `response_url` does. */
  responseUrl(name: string): string;
  /** What was answered there, oldest first. */
  readonly responses: readonly FakeSlackResponse[];
  /** What people click and type. */
  readonly interactions: FakeInteractions;
  /** How often a limit on requests was hit: a polite app stays far below it. */
  readonly limitsHit: number;
  /** Called before each answer until replaced. */
  beforeAnswer(hook: ((request: FakeSlackRequest) => SlackFault | undefined) | undefined): void;
  /** As if somebody had deleted it. */
  forget(message: { readonly channel: string; readonly ts: string }): void;
  revokeToken(): void;
  stop(): Promise<void>;
}

interface Server extends FakeWorkspace {
  /** By Slack id. */
  readonly names: Map<string, string>;
  readonly interactions: FakeInteractions;
  readonly token: string;
  readonly scopes: readonly string[];
  isRevoked: boolean;
  limitsHit: number;
  readonly requests: FakeSlackRequest[];
  readonly responses: FakeSlackResponse[];
  hook: ((request: FakeSlackRequest) => SlackFault | undefined) | undefined;
}

/**
 * A Slack workspace on a loopback port. It refuses, and remembers, every request that Slack's reference does not have: method,
 * arguments, sizes of blocks; it limits as Slack does, by its own clock. A channel is a page at `/channels/<id>`.
 */
export async function startFakeSlack(options: FakeSlackOptions = {}): Promise<FakeSlack> {
  let url = '';
  const now = options.now ?? ((): Date => new Date());
  const channels = new Map<string, FakeChannel>();
  const responses: FakeSlackResponse[] = [];
  const responseUrl = (name: string): string => `${url}/answers/${name}`;
  const answered = (name: string, text: string): void => void responses.push({ name, text });
  const interactions = makeInteractions({ channels, now, responseUrl, answered });
  const state: Server = {
    channels,
    interactions,
    people: new Map(),
    names: new Map(),
    uploads: new Map(),
    misfits: [],
    limiter: new RateLimiter(),
    limited: options.rateLimits ?? true,
    now,
    uploadUrl: (id) => `${url}/upload/${id}`,
    token: 'xoxb-fake-not-a-secret',
    scopes: options.scopes ?? everyScope,
    isRevoked: false,
    limitsHit: 0,
    requests: [],
    responses,
    hook: undefined,
  };
  const server = createServer((request, response) => {
    serve(state, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${url}/api`,
    token: state.token,
    channel(id) {
      const channel = state.channels.get(id) ?? new FakeChannel(id);
      state.channels.set(id, channel);
      return channel;
    },
    person(email, id, name) {
      state.people.set(email.toLowerCase(), id);
      if (name !== undefined) state.names.set(id, name);
    },
    get messages() {
      return [...state.channels.values()].flatMap(({ messages }) => messages);
    },
    requests: state.requests,
    misfits: state.misfits,
    responseUrl,
    interactions,
    responses: state.responses,
    get limitsHit() {
      return state.limitsHit;
    },
    beforeAnswer(hook) {
      state.hook = hook;
    },
    forget: ({ channel, ts }) => state.channels.get(channel)?.remove(ts),
    revokeToken() {
      state.isRevoked = true;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function serve(state: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  if (await serveChannel(state, request, response, () => readBody(request))) return undefined;
  const body = await readBody(request);
  const [, uploadId] = /^\/upload\/(F[A-Z0-9]+)$/.exec(path) ?? [];
  if (uploadId !== undefined) return takeUpload(state, { id: uploadId, body }, request, response);
  const [, answered] = /^\/answers\/([\w-]+)$/.exec(path) ?? [];
  if (answered !== undefined) return takeResponse(state, answered, body, response);
  const asked = readCall(state, path, request, body);
  if ('answer' in asked) return send(state, response, asked.answer);
  return answerCall(state, asked, request, response);
}

function answerCall(state: Server, asked: FakeSlackRequest, request: IncomingMessage, response: ServerResponse): void {
  state.requests.push(asked);
  const fault = state.hook?.(asked);
  if (typeof fault === 'object') return sendFault(state, response, fault);
  if (fault === 'silence') return undefined;
  const answer = fault === 'drop' ? undefined : answerTo(state, asked);
  if (answer === undefined || fault === 'drop-after') return void request.socket.destroy();
  return send(state, response, answer);
}

/** Slack takes a text or blocks, and says `ok`. */
function takeResponse(state: Server, name: string, body: Buffer, response: ServerResponse): void {
  const { text, response_type: type } = JSON.parse(body.toString()) as { text?: unknown; response_type?: unknown };
  const fits = typeof text === 'string' && (type === 'ephemeral' || type === 'in_channel' || type === undefined);
  if (fits) state.responses.push({ name, text });
  else state.misfits.push(`answers/${name}: no text, or a response_type that there is not`);
  response.writeHead(fits ? 200 : 400).end(fits ? 'ok' : 'invalid_payload');
}

/** What was called, or why it is refused before anybody looks at it. */
function readCall(
  state: Server,
  path: string,
  request: IncomingMessage,
  body: Buffer,
): FakeSlackRequest | { readonly answer: SlackAnswer } {
  const name = path.replace(/^\/api\//, '');
  const method = slackMethods[name];
  if (method === undefined || request.method !== 'POST') {
    state.misfits.push(`${request.method ?? ''} ${path}: Slack has no such method, or the fake does not know it`);
    return { answer: { ok: false, error: 'unknown_method' } };
  }
  if (request.headers.authorization !== `Bearer ${state.token}` || state.isRevoked) {
    return { answer: { ok: false, error: state.isRevoked ? 'token_revoked' : 'invalid_auth' } };
  }
  const { given, faults } = readArguments(method, new URLSearchParams(body.toString()));
  if (faults.length > 0) {
    state.misfits.push(...faults.map((fault) => `${name}: ${fault}`));
    return { answer: { ok: false, error: 'invalid_arguments' } };
  }
  return { method: name, arguments: given };
}

function answerTo(state: Server, { method: name, arguments: given }: FakeSlackRequest): SlackAnswer {
  const method = slackMethods[name];
  const answer = slackAnswers[name];
  if (method === undefined || answer === undefined) return { ok: false, error: 'unknown_method' };
  if (method.scope !== undefined && !state.scopes.includes(method.scope)) {
    return { ok: false, error: 'missing_scope', needed: method.scope, provided: state.scopes.join(',') };
  }
  const limit = { most: method.perMinute, seconds: 60 };
  const wait = state.limited ? state.limiter.take(name, limit, state.now()) : undefined;
  return wait === undefined ? answer(given, state) : { ok: false, error: 'ratelimited', retryAfter: wait };
}

function takeUpload(
  state: Server,
  { id, body }: { readonly id: string; readonly body: Buffer },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const seen = { method: 'upload', arguments: { id } };
  state.requests.push(seen);
  const fault = state.hook?.(seen);
  if (fault !== undefined) return void request.socket.destroy();
  const upload = state.uploads.get(id);
  const fits = upload?.length === body.byteLength;
  if (!fits) state.misfits.push(`upload ${id}: ${body.byteLength} bytes, ${upload?.length ?? 'none'} were announced`);
  if (request.headers.authorization !== undefined) state.misfits.push(`upload ${id}: sent with the token`);
  if (upload !== undefined && fits) upload.content = body.toString();
  response.writeHead(fits ? 200 : 400).end('OK');
}

function sendFault(state: Server, response: ServerResponse, fault: Exclude<SlackFault, string>): void {
  if ('error' in fault) return send(state, response, { ok: false, error: fault.error });
  const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
  response.writeHead(fault.status, { 'content-type': 'text/html', ...headers }).end('<h1>sorry</h1>');
  return undefined;
}

function send(state: Server, response: ServerResponse, { retryAfter, ...body }: SlackAnswer): void {
  if (retryAfter !== undefined) state.limitsHit += 1;
  response.writeHead(retryAfter === undefined ? 200 : 429, {
    'content-type': 'application/json; charset=utf-8',
    'x-oauth-scopes': state.scopes.join(','),
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
  });
  response.end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
