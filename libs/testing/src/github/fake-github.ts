import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { botSlug, gitHubError, tokenLogin, type Asked, type FakeAnswer, type FakeWorld } from './answer.ts';
import { answers, appOperations } from './fake-answers.ts';
import { makeCredentials, type FakeCredentials } from './fake-credentials.ts';
import { FakeRepository } from './fake-repository.ts';
import { makeIds } from './fake-state.ts';
import { makePeople, type FakePeople } from './people.ts';
import { allPermissions, lacking, type FakePermissions } from './permissions.ts';
import { servePage } from './serve-page.ts';
import { readVendorSchema, type MatchedOperation, type VendorSchema } from './vendor-schema.ts';
import { makeWebhooks, type FakeWebhooks } from './webhooks.ts';
import { WriteCounter, type WriteLimits } from './write-limits.ts';

export interface FakeGithubRequest {
  readonly method: string;
  /** With its query, as it came. */
  readonly path: string;
  /** GitHub's name of the operation: `git/get-ref`. */
  readonly operation: string;
}

/**
 * Instead of an answer: one of its own, a connection that ends, or silence. With `done-` the work is done first, which whoever asked
 * cannot know.
 */
export type GithubFault = FakeAnswer | 'drop' | 'silence' | 'done-drop' | 'done-silence';

export interface FakeGithub extends Pick<FakeCredentials, 'token' | 'appId' | 'privateKey'> {
  /** Address of the API, and of its pages: `/<owner>/<name>/pulls`, `/<owner>/<name>/pull/7`. */
  readonly url: string;
  /** The host in the addresses of its repositories. */
  readonly host: string;
  /** Makes a repository; its address is `https://<host>/<owner>/<name>`. */
  repository(fullName: string): FakeRepository;
  /** Requests so far that fitted the schema. */
  readonly requests: readonly FakeGithubRequest[];
  /** What did not fit the vendor's schema, of requests and of its own answers: a test expects it to be empty. */
  readonly misfits: readonly string[];
  /** Called before each answer until replaced. */
  beforeAnswer(hook: ((request: FakeGithubRequest) => GithubFault | undefined) | undefined): void;
  /** What the App and the token may; a test takes something away. */
  readonly permissions: FakePermissions;
  /** How many writes came, and how many were too many. Refused are more than 80 in a minute or 500 in an hour. */
  readonly writes: Pick<WriteCounter, 'refused' | 'mostInMinute'>;
  limitWrites(limits: WriteLimits): void;
  /** Who we are to it: the author of what the App, or the token, writes. */
  readonly logins: { readonly app: string; readonly token: string };
  /** What people do there, with the events that GitHub sends of it. */
  readonly people: FakePeople;
  readonly webhooks: FakeWebhooks;
  /** Ends the tokens that were handed to the App. */
  revokeTokens(): void;
  stop(): Promise<void>;
}

/**
 * A GitHub on a loopback port. It refuses, and remembers, every request that GitHub's published description does not have:
 * path, method, parameters, body, and the headers that GitHub asks of everybody.
 */
export async function startFakeGithub(now: () => Date = () => new Date()): Promise<FakeGithub> {
  const schema = readVendorSchema();
  const credentials = makeCredentials(now);
  const repositories = new Map<string, FakeRepository>();
  const permissions: FakePermissions = { ...allPermissions };
  const writes = new WriteCounter();
  let url = '';
  const nextId = makeIds();
  const world: FakeWorld = { schema, credentials, repositories, permissions, now, nextId, url: () => url };
  const requests: FakeGithubRequest[] = [];
  const misfits: string[] = [];
  let hook: Parameters<FakeGithub['beforeAnswer']>[0];

  const webhooks = makeWebhooks();
  const people = makePeople(world, webhooks);
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/' } = request;
    const text = await readText(request);
    if (await servePage({ repositories, people, text }, request, response)) return;
    const body = text === '' ? undefined : (JSON.parse(text) as unknown);
    const matched = judge(schema, request, body);
    if ('faults' in matched) {
      misfits.push(...matched.faults.map((fault) => `${method} ${path}: ${fault}`));
      send(response, gitHubError(422, `Does not fit the schema: ${matched.faults.join('; ')}`), now());
      return;
    }
    const seen = { method, path, operation: matched.id };
    requests.push(seen);
    const query = new URLSearchParams(path.split('?')[1] ?? '');
    const answer = (): FakeAnswer => {
      const made = answerTo(matched, request.headers.authorization, { query, body, world, writes });
      if (made.status < 300) misfits.push(...schema.faultsOfAnswer(matched, made.status, made.body));
      return made;
    };
    const outcome = outcomeOf(hook?.(seen), answer);
    if (outcome === 'drop') request.socket.destroy();
    else if (outcome !== 'silence') send(response, ifChanged(outcome, request), now());
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const { token, appId, privateKey } = credentials;
  url = `http://127.0.0.1:${port}`;
  return {
    url,
    host: '127.0.0.1',
    token,
    appId,
    privateKey,
    requests,
    misfits,
    permissions,
    writes,
    limitWrites(limits) {
      writes.limits = limits;
    },
    logins: { app: `${botSlug}[bot]`, token: tokenLogin },
    people,
    webhooks,
    repository(fullName) {
      const made = new FakeRepository(fullName, repositories.size + 1);
      repositories.set(fullName.toLowerCase(), made);
      return made;
    },
    beforeAnswer(next) {
      hook = next;
    },
    revokeTokens: () => credentials.revoke(),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function judge(
  schema: VendorSchema,
  { method = 'GET', url = '/', headers }: IncomingMessage,
  body: unknown,
): MatchedOperation | { readonly faults: readonly string[] } {
  const [path = '/', query = ''] = url.split('?');
  const matched = schema.match(method, path);
  if (matched === undefined) return { faults: ['GitHub has no such operation'] };
  const faults = schema.faultsOfRequest(matched, new URLSearchParams(query), body);
  if ((headers['user-agent'] ?? '') === '') faults.push('GitHub refuses requests without User-Agent');
  if (headers['x-github-api-version'] === undefined) faults.push('the version of the API is not named');
  return faults.length === 0 ? matched : { faults };
}

/** What whoever asked gets to see of it. */
function outcomeOf(fault: GithubFault | undefined, answer: () => FakeAnswer): FakeAnswer | 'drop' | 'silence' {
  switch (fault) {
    case undefined:
      return answer();
    case 'done-drop':
      answer();
      return 'drop';
    case 'done-silence':
      answer();
      return 'silence';
    case 'drop':
    case 'silence':
      return fault;
    default:
      return fault;
  }
}

interface Brought {
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly world: FakeWorld;
  readonly writes: WriteCounter;
}

function answerTo(operation: MatchedOperation, authorization: string | undefined, brought: Brought): FakeAnswer {
  const { query, body, world, writes } = brought;
  const who = world.credentials.identify(authorization);
  if (who === undefined) return gitHubError(401, 'Bad credentials');
  const asApp = appOperations.has(operation.id);
  if (asApp !== (who === 'app')) {
    return asApp
      ? gitHubError(401, 'A JSON web token could not be decoded')
      : gitHubError(401, 'This endpoint cannot be used by the App itself');
  }
  const answer = answers[operation.id];
  if (answer === undefined) return gitHubError(501, `The fake cannot do ${operation.id}`);
  if (lacking(operation, world.permissions) !== undefined)
    return gitHubError(403, `Resource not accessible by ${who === 'token' ? 'personal access token' : 'integration'}`);
  const refusal = operation.method === 'GET' || asApp ? undefined : writes.take(world.now());
  const login = who === 'token' ? tokenLogin : `${botSlug}[bot]`;
  const { params } = operation;
  const asked: Asked = { operation, params, query, body: (body ?? {}) as Asked['body'], world, who, login };
  return refusal ?? answer(asked);
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** What is asked for again and is as it was is not sent again, by the tag of its bytes. */
function ifChanged(answer: FakeAnswer, { method, headers }: IncomingMessage): FakeAnswer {
  if (method !== 'GET' || answer.status !== 200) return answer;
  const etag = `W/"${createHash('sha1').update(JSON.stringify(answer.body)).digest('hex')}"`;
  const tagged = { ...answer.headers, etag };
  return headers['if-none-match'] === etag
    ? { status: 304, body: undefined, headers: tagged }
    : { ...answer, headers: tagged };
}

function send(response: ServerResponse, { status, body, headers }: FakeAnswer, now: Date): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    date: now.toUTCString(),
    'x-ratelimit-remaining': '4999',
    ...headers,
  });
  response.end(body === undefined ? '' : JSON.stringify(body));
}
