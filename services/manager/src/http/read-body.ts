import type { IncomingMessage } from 'node:http';

import { AppError } from '@release-manager/domain';

import { parseStrictJson } from './strict-json.ts';

/** Bytes of a JSON body at most. Artifacts do not come this way. */
const bodyLimit = 1024 * 1024;

/** A body of at most 1 MiB that takes longer than this is sent by somebody who wants to hold connections. */
const slowestBodyMs = 30_000;

/**
 * The JSON body of a request; `{}` where none was sent.
 * @throws AppError invalid `http.media-type`, `http.too-large`, `http.slow-body`, `http.encoding`, `http.json`
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  if (!announcesBody(request)) return {};
  assertMediaType(request);
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) throw tooLarge();
  const bytes = await collect(request);
  return bytes.length === 0 ? {} : parseStrictJson(decode(bytes));
}

/**
 * The bytes of a request as they came, for a signature that was made over them.
 * @throws AppError invalid `http.too-large`, `http.slow-body`
 */
export async function readRawBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > bodyLimit) throw tooLarge();
  return announcesBody(request) ? collect(request) : Buffer.alloc(0);
}

/** @throws AppError invalid `http.unexpected-body` for a body where the method has none */
export function assertNoBody(request: IncomingMessage): void {
  if (!announcesBody(request)) return;
  throw new AppError('invalid', 'http.unexpected-body', `A ${request.method ?? 'GET'} request takes no body here.`, {
    next: 'put the values into the query',
  });
}

function announcesBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function assertMediaType({ headers }: IncomingMessage): void {
  const type = headers['content-type'] ?? '';
  if (!/^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i.test(type)) {
    throw new AppError('invalid', 'http.media-type', 'The body has to be JSON in UTF-8.', {
      next: 'send content-type: application/json',
    });
  }
  // A compressed megabyte can be a gigabyte; nothing that is sent here needs it.
  if ((headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity') {
    throw new AppError('invalid', 'http.media-type', 'A compressed body is not taken.', {
      next: 'send it without content-encoding',
    });
  }
}

function collect(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let size = 0;
  const timer = setTimeout(() => {
    reject(
      new AppError('invalid', 'http.slow-body', `The body did not arrive within ${slowestBodyMs / 1000} seconds.`),
    );
  }, slowestBodyMs);
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    // Not destroyed: the caller is still to be told why. What follows is thrown away.
    if (size > bodyLimit) reject(tooLarge());
    else chunks.push(chunk);
  });
  request.on('end', () => resolve(Buffer.concat(chunks)));
  request.on('close', () => reject(new AppError('invalid', 'http.aborted', 'The request ended before its body did.')));
  request.on('error', reject);
  return promise.finally(() => clearTimeout(timer));
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new AppError('invalid', 'http.encoding', 'The body is not UTF-8.');
  }
}

function tooLarge(): AppError {
  return new AppError('invalid', 'http.too-large', `The body is larger than ${bodyLimit} bytes.`);
}
