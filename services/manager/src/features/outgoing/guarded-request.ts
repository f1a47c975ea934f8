import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { request as requestHttp, type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP } from 'node:net';

import { AppError, messageOf } from '@release-manager/domain';

import type { AddressGuard } from './address-guard.ts';

/** Every address of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const resolveBySystem: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });

export interface GuardedRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/** The body of a success, cut to 64 KiB. */
export type SendGuarded = (request: GuardedRequest) => Promise<string>;

const answerWithinMs = 10_000;
const longestAnswer = 64 * 1024;

/**
 * Speaks to an address that somebody gave us, and to nothing that only we can reach: the name is resolved once, the connection goes
 * to the address that was checked, and nobody is followed elsewhere.
 * @throws AppError denied `outgoing.address` for a place that may not be spoken to, unavailable, limited with `retryAfterSeconds`,
 *   invalid `outgoing.refused` for any other answer that is no success
 */
export function createSendGuarded(guard: AddressGuard, resolve: Resolve): SendGuarded {
  return async (request) => {
    const url = new URL(request.url);
    const address = await pickAddress(url, { guard, resolve });
    const response = await open(url, address, request);
    const body = await readBody(response);
    assertTaken(url, response);
    return body;
  };
}

async function pickAddress(
  url: URL,
  { guard, resolve }: { guard: AddressGuard; resolve: Resolve },
): Promise<LookupAddress> {
  // The URL parser has written odd forms, such as a decimal or octal IPv4 address, in the usual way.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const version = isIP(host);
  const known = version === 0 ? await resolveHost(host, resolve) : [{ address: host, family: version }];
  const found = known.find(({ address }) => guard(address));
  if (found !== undefined) return found;
  throw new AppError('denied', 'outgoing.address', `${url.host} is no public address, so nothing is sent there.`, {
    next: 'if it is meant to be reached, add its network to OUTGOING_PRIVATE_NETWORKS',
  });
}

async function resolveHost(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  try {
    return await resolve(host);
  } catch (error) {
    throw new AppError('unavailable', 'outgoing.unresolved', `${host} could not be resolved: ${messageOf(error)}`);
  }
}

function open(url: URL, { address, family }: LookupAddress, request: GuardedRequest): Promise<IncomingMessage> {
  const { method, headers, body = '', signal } = request;
  const options: RequestOptions = {
    method,
    headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
    // No kept connection, which could be one to another address.
    agent: false,
    lookup: (_, { all }, done) => (all === true ? done(null, [{ address, family }]) : done(null, address, family)),
  };
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, options, resolve);
    outgoing.on('error', (error) => reject(away(url, error)));
    outgoing.end(body);
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= longestAnswer) break;
    }
  } catch (error) {
    // The status has arrived: it says what became of the request.
    if ((response.statusCode ?? 500) >= 300) return messageOf(error);
    throw new AppError('unavailable', 'outgoing.away', `The answer broke off: ${messageOf(error)}`);
  }
  return Buffer.concat(chunks).subarray(0, longestAnswer).toString();
}

function assertTaken(url: URL, { statusCode: status = 500, headers }: IncomingMessage): void {
  if (status >= 200 && status < 300) return;
  // Never the path: it is where some receivers keep their secret.
  const words = `${url.host} answered ${status}`;
  if (status === 429) {
    const retryAfterSeconds = Number(headers['retry-after'] ?? 60);
    throw new AppError('limited', 'outgoing.limited', `${words}: it asks us to wait.`, {
      details: { retryAfterSeconds },
    });
  }
  if (status === 408 || status >= 500) throw new AppError('unavailable', 'outgoing.away', `${words}.`);
  const redirect = status >= 300 && status < 400;
  throw new AppError(
    'invalid',
    'outgoing.refused',
    `${words}${redirect ? ', and nobody is followed elsewhere' : ''}.`,
    {
      next: redirect
        ? 'set its final address in OUTGOING'
        : 'look whether address, secret and rights in OUTGOING still count',
    },
  );
}

function away(url: URL, error: unknown): AppError {
  return new AppError('unavailable', 'outgoing.away', `${url.host} does not answer: ${messageOf(error)}`);
}
