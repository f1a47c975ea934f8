import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openDaemonRoom, type DaemonRoom } from '../testing/daemon-room.ts';
import { pod } from '../testing/objects.ts';

let room: DaemonRoom;
const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
let status = 200;
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    seen.push({ headers: request.headers, body });
    response.writeHead(status).end();
  });
});

beforeEach(async () => {
  room = await openDaemonRoom();
  seen.length = 0;
  status = 200;
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(async () => {
  await room.stop();
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

const receiverUrl = (): string => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook/abc`;
const id = `cmd_${'0'.repeat(26)}`;

describe('a poke', () => {
  it('is signed as the Receiver expects it', async () => {
    room.startDaemon({ FLUX_RECEIVER_URL: receiverUrl(), FLUX_RECEIVER_TOKEN: 'a secret' });
    room.manager.command({ id, kind: 'flux.poke', commit: 'a'.repeat(40) });
    const { result } = await room.manager.until((manager) => manager.finished[0]);
    expect(result).toEqual({ outcome: 'done' });
    const [poke] = seen;
    const signature = createHmac('sha256', 'a secret')
      .update(poke?.body ?? '')
      .digest('hex');
    expect(poke?.headers['x-signature']).toBe(`sha256=${signature}`);
  });

  it.each([
    [404, 'The Receiver answered 404.'],
    [302, 'The Receiver does not answer'],
  ])('that is answered with %i has failed', async (answer, why) => {
    status = answer;
    room.startDaemon({ FLUX_RECEIVER_URL: receiverUrl() });
    room.manager.command({ id, kind: 'flux.poke', commit: 'a'.repeat(40) });
    const { result } = await room.manager.until((manager) => manager.finished[0]);
    expect(result.outcome).toBe('failed');
    expect(result.message).toContain(why);
  });

  it('without a Receiver says which setting is missing', async () => {
    room.startDaemon();
    room.manager.command({ id, kind: 'flux.poke', commit: 'a'.repeat(40) });
    const { result } = await room.manager.until((manager) => manager.finished[0]);
    expect(result).toMatchObject({
      outcome: 'failed',
      message: expect.stringContaining('FLUX_RECEIVER_URL') as string,
    });
  });
});

describe('a log that somebody asks for', () => {
  const command = { id, kind: 'logs.fetch', namespace: 'shop', container: 'app', previous: false, lines: 2 } as const;

  it('comes with as many lines as are wanted', async () => {
    room.cluster.put(pod('web-1', undefined));
    room.cluster.setLog('shop', 'web-1', 'app', { current: 'a\nb\nc\n' });
    room.startDaemon();
    room.manager.command({ ...command, pod: 'web-1' });
    const { result } = await room.manager.until((manager) => manager.finished[0]);
    expect(result).toEqual({ outcome: 'done', lines: ['b', 'c'], cut: true });
  });

  it('of a pod that is not ours is refused', async () => {
    room.cluster.put({ ...pod('stranger', undefined), metadata: { name: 'stranger', namespace: 'shop' } });
    room.cluster.setLog('shop', 'stranger', 'app', { current: 'secret\n' });
    room.startDaemon();
    room.manager.command({ ...command, pod: 'stranger' });
    const { result } = await room.manager.until((manager) => manager.finished[0]);
    expect(result.outcome).toBe('failed');
    expect(room.cluster.requests.some(({ path }) => path.endsWith('/log'))).toBe(false);
  });
});
