import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** What stands in front of several managers: gives each new connection to the next one whose `/readyz` says 200. */
export interface RoundRobin {
  readonly url: string;
  /** Resolves once it gets connections. */
  add(backendUrl: string): Promise<void>;
  /** Connections that each backend was given. */
  readonly given: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

const probeEveryMs = 50;

/** A load balancer as Kubernetes is one: it knows bytes and readiness, and nothing of requests. */
export async function startRoundRobin(): Promise<RoundRobin> {
  const backends = new Set<string>();
  const ready = new Set<string>();
  const given = new Map<string, number>();
  const sockets = new Set<Socket>();
  const stopping = new AbortController();
  let turn = 0;

  const probe = async (url: string): Promise<void> => {
    // Closed each time: a connection that is kept would say nothing of whether others are still taken.
    const response = await fetch(`${url}/readyz`, { headers: { connection: 'close' } }).catch(() => undefined);
    await response?.arrayBuffer().catch(() => undefined);
    if (response?.status === 200) ready.add(url);
    else ready.delete(url);
    if (response === undefined) backends.delete(url);
  };
  const watching = (async () => {
    while (!stopping.signal.aborted) {
      await Promise.all([...backends].map(probe));
      await wait(probeEveryMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();

  const server = createServer((client) => {
    const candidates = [...ready];
    const backend = candidates[turn++ % Math.max(1, candidates.length)];
    if (backend === undefined) {
      client.destroy();
      return;
    }
    given.set(backend, (given.get(backend) ?? 0) + 1);
    const upstream = connect(Number(new URL(backend).port), '127.0.0.1');
    for (const [socket, other] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.end();
      });
      socket.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    given,
    async add(url) {
      backends.add(url);
      while (!ready.has(url)) await wait(10);
    },
    async stop() {
      stopping.abort();
      await watching;
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
