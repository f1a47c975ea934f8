import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { readJsonBody } from './read-body.ts';
import { listen, type HttpServer } from './server.ts';

/** What reached the application: `GET /path body`. */
let reached: string[];
let server: HttpServer;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    reached.push(`${request.method} ${request.url} ${JSON.stringify(await readJsonBody(request))}`);
    response.writeHead(200).end();
  } catch {
    response.writeHead(400).end();
  }
}

beforeEach(async () => {
  reached = [];
  server = await listen((request, response) => void answer(request, response), {
    port: 0,
    host: '127.0.0.1',
    setting: 'PORT',
    graceMs: 50,
    limits: { headersTimeout: 200, requestTimeout: 300, connectionsCheckingInterval: 50 },
  });
});
afterEach(() => server.close());

function dial(): Socket {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

/** Also by a reset, which is what somebody gets who still sends when the connection is closed. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()));
}

/** Everything that is answered until the server closes the connection. */
async function answersTo(bytes: string): Promise<string[]> {
  const socket = dial();
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.end(bytes);
  await closed(socket);
  return [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status ?? '');
}

const head = 'POST /a HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

describe('a request that two readers would read in two ways (S6: smuggling)', () => {
  it.each([
    [
      'a length and chunks',
      `${head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\n\r\n`,
    ],
    ['two lengths', `${head}content-length: 2\r\ncontent-length: 30\r\n\r\n{}GET /b HTTP/1.1\r\nhost: x\r\n\r\n`],
    ['a length that is no number', `${head}content-length: +2\r\n\r\n{}`],
    ['chunks that are not the last encoding', `${head}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
    [
      'an encoding that nobody knows',
      `${head}transfer-encoding: xchunked\r\n\r\n0\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n`,
    ],
    ['a size of a chunk with a sign', `${head}transfer-encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n`],
    ['a space before the colon', `${head}content-length : 2\r\n\r\n{}`],
    ['a header that goes on in the next line', `${head}x: a\r\n b\r\ncontent-length: 2\r\n\r\n{}`],
    ['a bare newline in the head', `POST /a HTTP/1.1\nhost: x\ncontent-length: 2\n\n{}`],
    ['a NUL in a header', `${head}x: a\0b\r\n\r\n`],
    ['no host', 'GET /a HTTP/1.1\r\n\r\n'],
  ])('does not get in: %s', async (_, bytes) => {
    expect(await answersTo(bytes)).toEqual(['400']);
    expect(reached).toEqual([]);
  });

  it('is not found in the body of another', async () => {
    const body = JSON.stringify('\r\n\r\nGET /b HTTP/1.1\r\nhost: x\r\n\r\n');
    const sent = `${head}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
    expect(await answersTo(sent)).toEqual(['200']);
    expect(reached).toEqual([`POST /a ${body}`]);
  });

  it('is not found in the rest of a body that was refused', async () => {
    const refused = 'GET /b HTTP/1.1\r\nhost: x\r\n\r\n';
    const sent = `POST /a HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: ${refused.length}\r\n\r\n${refused}`;
    expect(await answersTo(`${sent}GET /c HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`)).toEqual(['400', '200']);
    expect(reached).toEqual(['GET /c {}']);
  });
});

describe('a request that wants to hold or to fill us (S6)', () => {
  it('has at most 16 kB of headers, so not ten thousand of them', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `x-${index}: 1\r\n`).join('');
    for (const request of [
      `GET /a HTTP/1.1\r\nhost: x\r\n${many}\r\n`,
      `GET /a HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`,
      `GET /${'a'.repeat(17_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    ]) {
      // The connection is closed with bytes unread, so the reset may overtake the answer.
      expect(['431', '']).toContain((await answersTo(request)).join(' '));
    }
    expect(reached).toEqual([]);
  });

  it('is given up when its headers trickle', async () => {
    const socket = dial();
    socket.write('GET /a HTTP/1.1\r\nhost: x\r\n');
    const trickle = setInterval(() => socket.write('x: y\r\n'), 20);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await closed(socket);
    clearInterval(trickle);
    expect(text).toContain('408');
    expect(reached).toEqual([]);
  });

  it('is given up when it says nothing at all', async () => {
    const socket = dial();
    await once(socket, 'connect');
    socket.resume();
    await closed(socket);
    expect(reached).toEqual([]);
  });

  it('does not go on in another protocol, nor through us to another host', async () => {
    const upgrade = 'GET /a HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: h2c\r\n\r\n';
    expect(await answersTo(upgrade)).toEqual(['200']);
    expect(await answersTo('CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: x\r\n\r\n')).toEqual([]);
    expect(reached).toEqual(['GET /a {}']);
  });
});
