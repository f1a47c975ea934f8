import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { answers, appOperations, gitHubError, type AnswerContext, type FakeAnswer } from './fake-answers.ts';
import { makeCredentials, type FakeCredentials } from './fake-credentials.ts';
import { FakeRepository } from './fake-repository.ts';
import { readVendorSchema, type MatchedOperation, type VendorSchema } from './vendor-schema.ts';

export interface FakeGithubRequest {
  readonly method: string;
  /** With its query, as it came. */
  readonly path: string;
  /** GitHub's name of the operation: `git/get-ref`. */
  readonly operation: string;
}

/** Instead of an answer: one of its own, a connection that ends, or silence. */
export type GithubFault = FakeAnswer | 'drop' | 'silence';

export interface FakeGithub extends Pick<FakeCredentials, 'token' | 'appId' | 'privateKey'> {
  /** Address of the API. */
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
  const context: AnswerContext = { schema, credentials, repositories, now };
  const requests: FakeGithubRequest[] = [];
  const misfits: string[] = [];
  let hook: Parameters<FakeGithub['beforeAnswer']>[0];

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/' } = request;
    const body = await readJson(request);
    const matched = judge(schema, request, body);
    if ('faults' in matched) {
      misfits.push(...matched.faults.map((fault) => `${method} ${path}: ${fault}`));
      send(response, gitHubError(422, `Does not fit the schema: ${matched.faults.join('; ')}`), now());
      return;
    }
    const seen = { method, path, operation: matched.id };
    requests.push(seen);
    const fault = hook?.(seen);
    if (fault === 'silence') return;
    if (fault === 'drop') {
      request.socket.destroy();
      return;
    }
    const answer = fault ?? answerTo(matched, request.headers.authorization, context);
    if (answer.status < 300) misfits.push(...schema.faultsOfAnswer(matched, answer.status, answer.body));
    send(response, answer, now());
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const { token, appId, privateKey } = credentials;
  return {
    url: `http://127.0.0.1:${port}`,
    host: '127.0.0.1',
    token,
    appId,
    privateKey,
    requests,
    misfits,
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

function answerTo(operation: MatchedOperation, authorization: string | undefined, context: AnswerContext): FakeAnswer {
  const who = context.credentials.identify(authorization);
  if (who === undefined) return gitHubError(401, 'Bad credentials');
  const asApp = appOperations.has(operation.id);
  if (asApp !== (who === 'app')) {
    return asApp
      ? gitHubError(401, 'A JSON web token could not be decoded')
      : gitHubError(401, 'This endpoint cannot be used by the App itself');
  }
  const answer = answers[operation.id];
  return answer === undefined ? gitHubError(501, `The fake cannot do ${operation.id}`) : answer(operation, context);
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
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
