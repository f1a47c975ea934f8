import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { AppError } from '@release-manager/domain';
import type { Metrics } from '@release-manager/runtime';

/** A listening server. */
export interface HttpServer {
  readonly port: number;
  /** Takes no more connections, lets running requests end for a moment, then closes what is left. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** Address to listen on; all of them when absent. */
  readonly host?: string | undefined;
  /** The setting that changes the port, for the message when it is taken: `PORT`. */
  readonly setting: string;
  /** Milliseconds that running requests are given by `close`. */
  readonly graceMs?: number | undefined;
  /** Shorter ones, for tests that cannot wait as long as an attacker can. */
  readonly limits?: Partial<typeof usualLimits> | undefined;
}

const usualLimits = {
  /** Longer than the idle time of usual load balancers (60 s): otherwise they send on a connection that we just closed. */
  keepAliveTimeout: 65_000,
  /** A slow-loris has to be quick. */
  headersTimeout: 20_000,
  /** For a large upload over a thin line; a JSON body has its own, shorter limit. */
  requestTimeout: 15 * 60_000,
  maxHeaderSize: 16 * 1024,
  connectionsCheckingInterval: 5_000,
};

/**
 * Listens. Streams have to end by the signal that the app was given: abort it before `close`.
 * @throws AppError unavailable `http.port-taken`, naming the setting
 */
export async function listen(handle: RequestListener, options: ListenOptions): Promise<HttpServer> {
  const server = createServer({ ...usualLimits, ...options.limits }, handle);
  await started(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => stop(server, options.graceMs ?? 5_000),
  };
}

/**
 * Metrics on a port of their own, which is not meant to be reachable from where people and CI come from.
 * @throws AppError unavailable `http.port-taken`
 */
export function createMetricsServer(metrics: Metrics, options: ListenOptions): Promise<HttpServer> {
  return listen((request, response) => {
    const known = request.method === 'GET' && request.url === '/metrics';
    if (!known) {
      response.writeHead(404).end();
      return;
    }
    metrics.render().then(
      ({ contentType, body }) => response.writeHead(200, { 'content-type': contentType }).end(body),
      () => response.writeHead(500).end(),
    );
  }, options);
}

async function started(server: Server, { port, host, setting }: ListenOptions): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  try {
    await promise;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error;
    const why = code === 'EACCES' ? 'may not be used by this user' : 'is used by another program';
    throw new AppError('unavailable', 'http.port-taken', `Port ${port} ${why}.`, {
      next: `set ${setting} to another port`,
      cause: error,
    });
  } finally {
    server.off('error', reject);
  }
}

async function stop(server: Server, graceMs: number): Promise<void> {
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed.promise;
  clearTimeout(timer);
}
