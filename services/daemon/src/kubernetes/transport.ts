import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

import { AppError, messageOf } from '@release-manager/domain';

import { apiError } from './api-error.ts';
import type { Credentials, CredentialSource } from './credentials.ts';

export interface TransportRequest {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly accept?: string;
  readonly signal: AbortSignal;
  /** Until the head of the answer is there. */
  readonly headTimeoutMs?: number;
}

/** GET requests to the API server, and nothing else: the daemon only looks. */
export interface Transport {
  /** @throws ApiError for an answer that is no success; AppError unavailable when there is none. */
  get(request: TransportRequest): Promise<IncomingMessage>;
  close(): void;
}

type Agent = HttpAgent | HttpsAgent;

/** One agent for all requests, so that lists and watches do not begin with a new TLS handshake each. */
export function createTransport(source: CredentialSource, userAgent: string): Transport {
  let agent: { readonly identity: string; readonly agent: Agent } | undefined;

  function agentFor(credentials: Credentials): Agent {
    const identity = JSON.stringify([credentials.server, credentials.tls]);
    if (agent?.identity === identity) return agent.agent;
    // Watches that are under way keep their sockets until they end.
    const options = { keepAlive: true, keepAliveMsecs: 15_000, scheduling: 'lifo' as const };
    const made = credentials.server.startsWith('https:')
      ? new HttpsAgent({ ...options, ...credentials.tls })
      : new HttpAgent(options);
    agent = { identity, agent: made };
    return made;
  }

  return {
    async get(request) {
      const credentials = await source.current();
      const url = new URL(credentials.server + request.path);
      for (const [name, value] of Object.entries(request.query ?? {})) {
        if (value !== undefined) url.searchParams.set(name, String(value));
      }
      const options: RequestOptions = {
        agent: agentFor(credentials),
        headers: { accept: request.accept ?? 'application/json', 'user-agent': userAgent, ...credentials.headers },
        signal: request.signal,
      };
      const timeoutMs = request.headTimeoutMs ?? 60_000;
      const answer = await headOf(url, options, timeoutMs).catch((error: unknown) => {
        // The server closed a connection that lay idle just when it was used again.
        if (error instanceof StaleConnection) return headOf(url, options, timeoutMs);
        throw error;
      });
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return answer;
      if (status === 401) source.refused();
      throw apiError(status, await errorBody(answer), retryAfterOf(answer));
    },
    close() {
      agent?.agent.destroy();
    },
  };
}

class StaleConnection extends Error {}

function headOf(url: URL, options: RequestOptions, timeoutMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, options);
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    request.once('response', (answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
    // Also after the answer began: an error on the socket must not end the process.
    request.on('error', (error) => {
      clearTimeout(timer);
      const isStale = request.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
      reject(isStale ? new StaleConnection(error.message) : unreachable(url, error));
    });
    request.end();
  });
}

function unreachable(url: URL, cause: Error): Error {
  if (cause.name === 'AbortError') return cause;
  return new AppError('unavailable', 'kubernetes.unreachable', `${url.host} does not answer: ${messageOf(cause)}`, {
    next: 'check the address in KUBECONFIG and that the API server runs',
    cause,
  });
}

/** Bytes of an error that are read at most; the rest of the connection is thrown away. */
const errorBytes = 64 * 1024;

async function errorBody(answer: IncomingMessage): Promise<unknown> {
  const text = await readText(answer, errorBytes).catch(() => '');
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The body as text, no more than so many bytes of it. */
export async function readText(answer: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= most) {
      answer.destroy();
      break;
    }
  }
  return Buffer.concat(chunks).subarray(0, most).toString('utf8');
}

/** Seconds or a date. */
function retryAfterOf(answer: IncomingMessage): number | undefined {
  const text = answer.headers['retry-after'];
  if (text === undefined) return undefined;
  const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
