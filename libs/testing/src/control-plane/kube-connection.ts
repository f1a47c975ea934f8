import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import { at } from './kube-object.ts';

/** Who one is to the API server. */
export type Credentials = { readonly certificate: string; readonly privateKey: string } | { readonly token: string };

export interface ConnectionOptions {
  /** `https://127.0.0.1:…` */
  readonly url: string;
  readonly ca: string;
  readonly credentials: Credentials;
}

export interface KubeRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root, without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Default: JSON. */
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** The API server's refusal. */
export class KubeError extends Error {
  override readonly name = 'KubeError';
  /** Status of HTTP. */
  readonly code: number;
  /** `NotFound`, `Forbidden`, `Invalid`, … */
  readonly reason: string;

  constructor(code: number, body: string, asked: string) {
    const status = parse(body);
    const [reason, message] = [at(status, 'reason'), at(status, 'message')];
    super(`${asked}: ${code} ${typeof message === 'string' ? message : body.slice(0, 500)}`);
    this.code = code;
    this.reason = typeof reason === 'string' ? reason : '';
  }
}

/** Requests to one API server as one actor, over connections that are kept. */
export interface KubeConnection {
  /** @returns the body; @throws KubeError for any answer but 2xx. */
  text(request: KubeRequest): Promise<string>;
  json(request: KubeRequest): Promise<unknown>;
  /** The lines of an answer that does not end by itself; leaving the loop ends it. */
  lines(request: KubeRequest): AsyncGenerator<string, void, undefined>;
  /** Nobody asks anything any more: what is tried after `close` throws. */
  readonly isClosed: boolean;
  close(): void;
}

/** A silent server is not waited for: nothing that tests ask takes so long. */
const silenceMs = 60_000;

export function connect({ url, ca, credentials }: ConnectionOptions): KubeConnection {
  const identity = 'token' in credentials ? {} : { cert: credentials.certificate, key: credentials.privateKey };
  const agent = new Agent({ keepAlive: true, ca, ...identity });
  const authorization: Record<string, string> =
    'token' in credentials ? { authorization: `Bearer ${credentials.token}` } : {};

  let isClosed = false;
  const send = async (options: KubeRequest): Promise<IncomingMessage> => {
    if (isClosed) throw new Error(`the connection to ${url} is closed`);
    const { method = 'GET', path, query = {}, body, contentType = 'application/json', signal } = options;
    const target = new URL(path, url);
    for (const [key, value] of Object.entries(query)) if (value !== undefined) target.searchParams.set(key, value);
    const content = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string> = { ...authorization };
    // Said by us, because Node sends no length with a DELETE and its body would count as the next request.
    if (content !== undefined) {
      Object.assign(headers, { 'content-type': contentType, 'content-length': String(Buffer.byteLength(content)) });
    }
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(
        target,
        { method, agent, headers, ...(signal === undefined ? {} : { signal }) },
        resolve,
      );
      outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`${method} ${path}: no answer`)));
      outgoing.on('error', reject);
      outgoing.end(content);
    });
    const { statusCode = 0 } = answer;
    if (statusCode < 200 || statusCode > 299) throw new KubeError(statusCode, await text(answer), `${method} ${path}`);
    return answer;
  };

  const readText = async (options: KubeRequest): Promise<string> => text(await send(options));
  return {
    text: readText,
    async json(options) {
      return JSON.parse(await readText(options)) as unknown;
    },
    async *lines(options) {
      const answer = await send(options);
      try {
        yield* createInterface({ input: answer, crlfDelay: Infinity });
      } finally {
        answer.destroy();
      }
    },
    get isClosed() {
      return isClosed;
    },
    close() {
      isClosed = true;
      agent.destroy();
    },
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return undefined;
  }
}
