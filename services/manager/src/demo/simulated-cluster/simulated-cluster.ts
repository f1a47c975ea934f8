import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

import { FakeApiServer, playTurn } from '@release-manager/testing';

import { playFlux } from './apply-config-repo.ts';
import { playedImages } from './crash.ts';
import { createRepositoryReader } from './read-config-repo.ts';

/**
 * A cluster that is played: an API server of tests, and loops that do what Flux, the controllers of Kubernetes and the kubelets
 * would do. No container runs in it. What reports from it is the real daemon.
 */
export interface SimulatedCluster {
  readonly api: FakeApiServer;
  /** What a daemon calls when the manager pushed, as it would call the Receiver of Flux. */
  readonly receiverUrl: string;
  /** Rejects when one of the loops cannot go on. */
  readonly lost: Promise<never>;
  stop(): Promise<void>;
}

export interface SimulatedClusterOptions {
  readonly environment: string;
  /** The bare config repo. */
  readonly repository: string;
  /** Milliseconds of a turn, the pace at which pods come up. */
  readonly turnMs?: number;
  /** Milliseconds between two looks at the config repo when nobody pokes. */
  readonly pollMs?: number;
}

export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const { environment, repository, turnMs = 200, pollMs = 2_000 } = options;
  const api = await new FakeApiServer().start();
  const stopping = new AbortController();
  const { signal } = stopping;
  const poke = createBell();
  const change = createBell();
  const receiver = await startReceiver(() => poke.ring());
  const unsubscribe = api.store.subscribe(() => change.ring());

  async function runFlux(): Promise<void> {
    const repo = createRepositoryReader(repository);
    const flux = playFlux(api, environment);
    let applied: string | undefined;
    while (!signal.aborted) {
      const poked = poke.rung();
      const commit = await repo.tip();
      if (commit !== undefined && commit !== applied) {
        flux.apply({ commit, files: await repo.files(commit, flux.folders) }, new Date());
        applied = commit;
        continue;
      }
      await Promise.race([poked, sleep(pollMs, signal)]);
    }
  }

  const images = playedImages(environment);

  async function runPods(): Promise<void> {
    while (!signal.aborted) {
      const rung = change.rung();
      const isBusy = playTurn(api, { images, now: new Date() });
      await (isBusy ? sleep(turnMs, signal) : Promise.race([rung, ended(signal)]));
    }
  }

  const running = Promise.all([runFlux(), runPods()]);
  const lost = running.then(() => new Promise<never>(() => undefined));
  // Whoever only stops it does not look at it.
  lost.catch(() => undefined);
  return {
    api,
    receiverUrl: receiver.url,
    lost,
    async stop() {
      stopping.abort();
      unsubscribe();
      await running.catch(() => undefined);
      await receiver.close();
      await api.stop();
    },
  };
}

interface Bell {
  ring(): void;
  /** Resolves when it rings next. */
  rung(): Promise<void>;
}

function createBell(): Bell {
  let next = Promise.withResolvers<void>();
  return {
    ring() {
      next.resolve();
      next = Promise.withResolvers<void>();
    },
    rung: () => next.promise,
  };
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await pause(milliseconds, undefined, { signal }).catch(() => undefined);
}

async function ended(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

async function startReceiver(poke: () => void): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    request.resume();
    poke();
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
