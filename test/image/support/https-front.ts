import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** TLS in front of a server on the loopback, with a certificate that only who is given it believes. */
export interface HttpsFront extends AsyncDisposable {
  /** The same path behind TLS. */
  url(plain: string): string;
  /** PEM. */
  readonly certificate: string;
}

export async function startHttpsFront(backend: string, folder: string): Promise<HttpsFront> {
  const [key, cert] = [join(folder, 'front.key'), join(folder, 'front.crt')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject]);
  const certificate = await readFile(cert, 'utf8');
  const server = createServer({ key: await readFile(key), cert: certificate }, (incoming, outgoing) => {
    const { method = 'GET', headers, url = '/' } = incoming;
    const forwarded = request(new URL(url, backend), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.once('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: (plain) => `https://127.0.0.1:${port}${new URL(plain).pathname}`,
    certificate,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
