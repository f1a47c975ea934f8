import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { readJsonBody } from './read-body.ts';

function requestOf(body: PassThrough): IncomingMessage {
  const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  return Object.assign(body, { headers }) as unknown as IncomingMessage;
}

describe('readJsonBody', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('gives up on a body that trickles', async () => {
    const body = new PassThrough();
    const read = readJsonBody(requestOf(body));
    const trickle = async (): Promise<void> => {
      for (let second = 0; second < 31; second += 1) {
        body.write('[');
        await vi.advanceTimersByTimeAsync(1_000);
      }
    };
    const [refusal] = await Promise.allSettled([read, trickle()]);
    expect(refusal).toMatchObject({ status: 'rejected', reason: { code: 'http.slow-body' } });
  });

  it('takes one that arrives in pieces, even inside a character', async () => {
    const body = new PassThrough();
    const read = readJsonBody(requestOf(body));
    for (const byte of Buffer.from('{"name":"Zoë"}')) body.write(Buffer.of(byte));
    body.end();
    expect(await read).toEqual({ name: 'Zoë' });
  });

  it('ends when the connection does', async () => {
    const body = new PassThrough();
    const read = readJsonBody(requestOf(body));
    body.write('{');
    body.destroy();
    await expect(read).rejects.toMatchObject({ code: 'http.aborted' });
  });
});
