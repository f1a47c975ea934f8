import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';

import { silentLogger } from '@release-manager/runtime';
import { testDatabase, type TestDatabase } from '@release-manager/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { messageBoard } from './message-board.testing.ts';
import { startDeliveries } from './start-deliveries.ts';
import { wantDelivery } from './want-delivery.ts';

let test: TestDatabase;
let board: Server;
let url: string;
const posted: string[] = [];
let onPost: (key: string) => 'answer' | 'hang' = () => 'answer';

beforeEach(async () => {
  posted.length = 0;
  onPost = () => 'answer';
  test = await testDatabase();
  board = createServer((request, response) => {
    const key = request.url?.slice(1) ?? '';
    if (request.method === 'GET') return void response.writeHead(posted.includes(key) ? 200 : 404).end();
    posted.push(key);
    if (onPost(key) === 'answer') response.end();
  });
  await new Promise<void>((resolve) => {
    board.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(board.address() as AddressInfo).port}`;
});

afterEach(async () => {
  board.closeAllConnections();
  await new Promise((resolve) => board.close(resolve));
  await test.drop();
});

/** A sender in this process, so much later than the one that died. */
async function send(laterMs: number, messages: number): Promise<{ stop(): Promise<void> }> {
  const done = Promise.withResolvers<undefined>();
  let left = messages;
  const deliveries = await startDeliveries({
    database: test.database,
    kinds: [messageBoard(url)],
    reactions: [],
    logger: silentLogger,
    now: () => new Date(Date.now() + laterMs),
    random: () => 0.5,
    redact: (text) => text,
    onTry: (_, outcome) => {
      if (outcome === 'sent') left -= 1;
      if (left === 0) done.resolve(undefined);
    },
    onBudget: () => undefined,
  });
  await done.promise;
  return deliveries;
}

const want = (key: string): Promise<void> =>
  test.database.transaction((tx) => wantDelivery(tx, { kind: 'slack.board', key, subject: {}, urgency: 'final' }));

it('a process that is killed between writing and recording sends nothing twice', async () => {
  const arrived = Promise.withResolvers<undefined>();
  onPost = () => {
    arrived.resolve(undefined);
    return 'hang';
  };
  await want('first');
  const script = fileURLToPath(new URL('sender-process.testing.ts', import.meta.url));
  const sender = spawn(process.execPath, [script, test.url, url], { stdio: 'ignore' });
  const gone = once(sender, 'exit');
  await arrived.promise;
  sender.kill('SIGKILL');
  await gone;

  onPost = () => 'answer';
  await want('second');
  // Beyond the time for which nobody touches what a dead process was about to send.
  const deliveries = await send(10_000, 2);
  await deliveries.stop();
  expect(posted).toEqual(['first', 'second']);
  const rows: { key: string; state: string; external: unknown }[] = await test.database.db('deliveries').orderBy('key');
  expect(rows).toMatchObject([
    { key: 'first', state: 'delivered', in_doubt: false, external: { found: 'yes' } },
    { key: 'second', state: 'delivered', external: { found: 'no' } },
  ]);
  // The dead one's write counts: its successor knows of it.
  expect(await test.database.db('delivery_writes')).toHaveLength(2);
});

it('one process at a time sends, and the other takes over when it stops', async () => {
  await want('a');
  const first = await send(0, 1);
  const second = send(0, 1);
  const arrived = Promise.withResolvers<undefined>();
  onPost = () => {
    arrived.resolve(undefined);
    return 'answer';
  };
  await want('b');
  await arrived.promise;
  await first.stop();
  await want('c');
  await (await second).stop();
  expect(posted).toEqual(['a', 'b', 'c']);
}, 60_000);
