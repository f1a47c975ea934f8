import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { fakeClusterToken, openDaemonRoom, type DaemonRoom } from '../testing/daemon-room.ts';
import { fakeToken } from '../testing/fake-manager.ts';
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

  it('holds neither a secret of the daemon nor anything that a terminal obeys', async () => {
    const secrets = { FLUX_RECEIVER_URL: receiverUrl(), FLUX_RECEIVER_TOKEN: 'the hook of this cluster' };
    const printed = [
      fakeToken,
      fakeClusterToken,
      secrets.FLUX_RECEIVER_TOKEN,
      'authorization: Bearer abcdefghijklmnop',
    ];
    room.cluster.put(pod('web-1', undefined));
    const current = `${printed.join('\n')}\n\u001B[31mred\u001B[0m \u001B]0;title\u0007\u202Eend\n`;
    room.cluster.setLog('shop', 'web-1', 'app', { current });
    room.startDaemon(secrets);
    room.manager.command({ ...command, pod: 'web-1', lines: 100 });
    const { result } = await room.manager.until((manager) => manager.finished[0]);
    const mask = '[redacted]';
    expect(result.lines).toEqual([mask, mask, mask, expect.stringContaining(mask), 'red end']);
    expect(JSON.stringify(result)).not.toContain('abcdefghijklmnop');
  });

  it('of a large file is what fits into one request', async () => {
    room.cluster.put(pod('web-1', undefined));
    room.cluster.setLog('shop', 'web-1', 'app', { current: `${'x'.repeat(5_000)}\n`.repeat(2_000) });
    room.startDaemon();
    room.manager.command({ ...command, pod: 'web-1', lines: 1_000 });
    const { result } = await room.manager.until((manager) => manager.finished[0]);
    expect(result).toMatchObject({ outcome: 'done', cut: true });
    expect(result.lines?.[0]).toHaveLength(4_000);
    expect(result.lines?.length).toBe(100);
  });

  it('that does not come keeps nothing else waiting, and is not begun twice', async () => {
    room.cluster.put(pod('web-1', undefined));
    let held = 0;
    const { promise: open, resolve: letGo } = Promise.withResolvers<undefined>();
    room.cluster.beforeRequest(({ path }) => {
      if (!path.endsWith('/log')) return undefined;
      held += 1;
      return open;
    });
    room.cluster.setLog('shop', 'web-1', 'app', { current: 'slow\n' });
    room.startDaemon({ FLUX_RECEIVER_URL: receiverUrl() });
    const poke = { id: `cmd_${'1'.repeat(26)}`, kind: 'flux.poke', commit: 'a'.repeat(40) } as const;
    room.manager.command({ ...command, pod: 'web-1' });
    room.manager.command({ ...command, pod: 'web-1' }, poke);
    await room.manager.until((manager) => manager.finished.some((one) => one.id === poke.id));
    letGo(undefined);
    await room.manager.until((manager) => manager.finished.some((one) => one.id === id));
    expect(held).toBe(1);
    expect(room.manager.finished).toHaveLength(2);
  });

  it('of a container that is not there says why, in the words of the API server', async () => {
    room.cluster.put(pod('web-1', undefined));
    room.startDaemon();
    room.manager.command({ ...command, pod: 'web-1', container: 'db' });
    const { result } = await room.manager.until((manager) => manager.finished[0]);
    expect(result.outcome).toBe('failed');
    expect(result.message).toContain('container "db" in pod "web-1" is waiting to start');
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
