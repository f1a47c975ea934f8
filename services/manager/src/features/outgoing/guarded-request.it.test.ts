import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { guardAddresses } from './address-guard.ts';
import { createSendGuarded, type GuardedRequest } from './guarded-request.ts';

const servers: Server[] = [];
const seen: string[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  seen.length = 0;
});

const ok: RequestListener = (request, response) => {
  seen.push(`${request.method} ${request.url} ${request.headers.host}`);
  response.end('{"id":7}');
};

/** On loopback, of which the guard of these tests takes 127.0.0.1 for public and everything else for private. */
async function listen(answer: RequestListener, host = '127.0.0.1', port = 0): Promise<number> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

const at = (...addresses: string[]): readonly LookupAddress[] =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
const guard = guardAddresses(['127.0.0.1/32']);

function send(url: string, answers: readonly (readonly LookupAddress[])[] = [], body?: string): Promise<string> {
  const left = [...answers];
  const resolve = (): Promise<readonly LookupAddress[]> => Promise.resolve(left.shift() ?? at('127.0.0.2'));
  const request: GuardedRequest = {
    method: 'POST',
    url,
    headers: {},
    signal: new AbortController().signal,
    ...(body === undefined ? {} : { body }),
  };
  return createSendGuarded(guard, resolve)(request);
}

it('sends to an address that may be spoken to, under the name that was asked for', async () => {
  const port = await listen(ok);
  expect(await send(`http://hooks.example.com:${port}/x?y=1`, [at('127.0.0.1')], 'hello')).toBe('{"id":7}');
  expect(seen).toEqual([`POST /x?y=1 hooks.example.com:${port}`]);
});

it.each([
  '127.0.0.2',
  '2130706434',
  '0x7f.2',
  '0177.0.0.2',
  '127.2',
  '[::1]',
  '[::ffff:127.0.0.2]',
  '0.0.0.0',
  '169.254.169.254',
])('O1 refuses %s, however it is written', async (host) => {
  const port = await listen(ok, '0.0.0.0');
  await expect(send(`http://${host}:${port}/`)).rejects.toMatchObject({ kind: 'denied', code: 'outgoing.address' });
  expect(seen).toEqual([]);
});

it('O1 refuses a name that stands for a private address', async () => {
  const port = await listen(ok, '127.0.0.2');
  for (const addresses of [at('127.0.0.2'), at('10.0.0.1', 'fe80::1'), at('169.254.169.254')])
    await expect(send(`http://metadata.example.com:${port}/`, [addresses])).rejects.toMatchObject({ kind: 'denied' });
  expect(seen).toEqual([]);
});

/** Where nobody must come. */
const betray =
  (inside: string[]): RequestListener =>
  (_, response) => {
    inside.push('reached');
    response.end();
  };

it('O1 connects to the address that was checked: a name that changes its mind in between gains nothing', async () => {
  const inside: string[] = [];
  const port = await listen(ok);
  await listen(betray(inside), '127.0.0.2', port);
  // The first answer is fine; whoever asked again would be sent inside.
  expect(await send(`http://rebinding.example.com:${port}/`, [at('127.0.0.1'), at('127.0.0.2')])).toBe('{"id":7}');
  // Of several only those that may be spoken to are.
  await send(`http://mixed.example.com:${port}/`, [at('127.0.0.2', '127.0.0.1')]);
  await expect(send(`http://rebinding.example.com:${port}/`, [at('127.0.0.2')])).rejects.toMatchObject({
    kind: 'denied',
  });
  expect([seen.length, inside]).toEqual([2, []]);
});

it('O1 follows nobody elsewhere, and does not say where it was sent', async () => {
  const inside: string[] = [];
  const target = await listen(betray(inside), '127.0.0.2');
  const port = await listen((_, response) =>
    response.writeHead(307, { location: `http://127.0.0.2:${target}/` }).end('http://127.0.0.2'),
  );
  const refused = send(`http://127.0.0.1:${port}/secret-path`);
  await expect(refused).rejects.toMatchObject({ kind: 'invalid', code: 'outgoing.refused' });
  await expect(refused).rejects.not.toThrow(/secret-path|127\.0\.0\.2/);
  expect(inside).toEqual([]);
});

it.each<[number, Record<string, string>, object]>([
  [429, { 'retry-after': '17' }, { kind: 'limited', details: { retryAfterSeconds: 17 } }],
  [429, {}, { kind: 'limited', details: { retryAfterSeconds: 60 } }],
  [503, {}, { kind: 'unavailable' }],
  [408, {}, { kind: 'unavailable' }],
  [401, {}, { kind: 'invalid' }],
  [410, {}, { kind: 'invalid' }],
])('an answer %s %j is %j', async (status, headers, expected) => {
  const port = await listen((_, response) => response.writeHead(status, headers).end('no'));
  await expect(send(`http://127.0.0.1:${port}/`)).rejects.toMatchObject(expected);
});

it('whoever hangs up or sends without end is away, or cut', async () => {
  const hangs = await listen((request) => request.socket.destroy());
  await expect(send(`http://127.0.0.1:${hangs}/`)).rejects.toMatchObject({ kind: 'unavailable' });
  const floods = await listen((_, response) => {
    const write = (): void => void (response.destroyed || (response.write('x'.repeat(65_536)), setImmediate(write)));
    write();
  });
  expect(await send(`http://127.0.0.1:${floods}/`)).toHaveLength(65_536);
});
