import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import type { StreamedEvent } from './handler.ts';

const heartbeatMs = 15_000;

/** A client that takes nothing for so long is gone, whatever its socket says. */
const patienceMs = 30_000;

interface StreamOptions {
  readonly signal: AbortSignal;
  /** What of an event may leave. */
  readonly shape: (data: unknown) => unknown;
}

/**
 * Writes server-sent events until the source ends, the signal is aborted or the client does not keep up; the client comes
 * back with the last id. A heartbeat keeps proxies from closing a quiet stream, and finds clients that died in silence.
 */
export async function sendEventStream(
  response: ServerResponse,
  events: AsyncIterable<StreamedEvent<unknown>>,
  { signal, shape }: StreamOptions,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // It ends with the stream, so that nobody sends a request into a connection that the stopping server closes.
    connection: 'close',
    // nginx would otherwise collect events until its buffer is full.
    'x-accel-buffering': 'no',
  });
  if (response.req.method === 'HEAD') {
    response.end();
    return;
  }
  response.write(': connected\n\n');
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': still here\n\n');
  }, heartbeatMs);
  try {
    for await (const { id, data } of events) {
      if (signal.aborted) break;
      // JSON has no raw newline, so one `data:` line holds all of it and no value can start a field of its own.
      const taken = response.write(`id: ${id}\ndata: ${JSON.stringify(shape(data))}\n\n`);
      if (!taken) await once(response, 'drain', { signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]) });
    }
    response.end();
  } catch (error) {
    response.destroy();
    if (!signal.aborted && !isTimeout(error)) throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
