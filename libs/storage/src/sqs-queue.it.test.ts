import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { installTimeoutMs, whyNoMoto } from '../../../test/support/moto/build-moto.ts';
import { startMoto, type Moto } from '../../../test/support/moto/start-moto.ts';
import type { MessageQueue } from './message-queue.ts';
import { createSqsQueue } from './sqs-queue.ts';

const reason = await whyNoMoto();
const signal = (): AbortSignal => new AbortController().signal;

describe.skipIf(reason !== undefined)(`a queue of SQS${reason === undefined ? '' : ` (${reason})`}`, () => {
  let running: Moto | undefined;
  let moto: Moto;
  let url = '';
  let queue: MessageQueue;

  beforeAll(async () => {
    moto = running = await startMoto();
    for (const [name, value] of Object.entries(moto.environment)) vi.stubEnv(name, value);
    url = await moto.createQueue('events');
    queue = await createSqsQueue(url);
  }, installTimeoutMs);

  afterAll(async () => {
    vi.unstubAllEnvs();
    await running?.[Symbol.asyncDispose]();
  });

  it('gives messages to one who asks, hides them, and removes them for good', async () => {
    for (const body of ['one', 'two', 'three']) await moto.send(url, body);
    expect(await queue.waiting()).toBe(3);
    const received = await queue.receive(signal());
    expect(received.map(({ body }) => body).toSorted()).toEqual(['one', 'three', 'two']);
    expect(await moto.count(url)).toEqual({ waiting: 0, hidden: 3 });
    await queue.remove(received.slice(1));
    expect(await moto.count(url)).toEqual({ waiting: 0, hidden: 1 });
    // Removed already, by somebody who was told of it as well.
    await queue.remove(received);
    await queue.remove([]);
    expect(await moto.count(url)).toEqual({ waiting: 0, hidden: 0 });
  });

  it('takes ten at once, and removes more than ten', async () => {
    for (let index = 0; index < 13; index += 1) await moto.send(url, String(index));
    const first = await queue.receive(signal());
    const second = await queue.receive(signal());
    expect([first.length, second.length]).toEqual([10, 3]);
    await queue.remove([...first, ...second]);
    expect(await moto.count(url)).toEqual({ waiting: 0, hidden: 0 });
  });

  it('stops waiting at once when it is told to', async () => {
    const ending = new AbortController();
    const waiting = queue.receive(ending.signal);
    ending.abort();
    expect(await waiting).toEqual([]);
  });

  it('says that there is no such queue', async () => {
    const absent = await createSqsQueue(url.replace('events', 'absent'));
    await expect(absent.receive(signal())).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'queue.refused',
      next: expect.stringContaining('ARTIFACT_QUEUE_URL') as string,
    });
  });
});

describe('a queue that fails', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  let server: Server;
  let answer = { status: 500, code: 'InternalError' };
  let queue: MessageQueue;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify({ __type: answer.code, message: `for ${secret}` }));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret);
    queue = await createSqsQueue(`http://127.0.0.1:${(server.address() as AddressInfo).port}/1/events`);
  });

  afterAll(() => {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  });

  it.each([
    [400, 'com.amazonaws.sqs#QueueDoesNotExist', 'queue.refused', /ARTIFACT_QUEUE_URL/],
    [403, 'AccessDeniedException', 'queue.refused', /sqs:/],
    [500, 'InternalError', 'queue.unavailable', /network/],
  ])('G6 tells %i %s by what to do, and gives no secret away', async (status, code, appCode, next) => {
    answer = { status, code };
    const failures = await Promise.all(
      [queue.receive(signal()), queue.remove([{ id: '1', body: '', receipt: 'r' }]), queue.waiting()].map((work) =>
        work.then(
          () => undefined,
          (error: unknown) => error,
        ),
      ),
    );
    for (const failure of failures) {
      expect(failure).toMatchObject({
        kind: 'unavailable',
        code: appCode,
        next: expect.stringMatching(next) as string,
      });
      expect(inspect(failure, { depth: 10 })).not.toContain(secret);
    }
  });
});
