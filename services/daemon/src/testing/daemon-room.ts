import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createLifecycle, createRedactor, silentLogger, type Logger } from '@release-manager/runtime';
import { FakeApiServer } from '@release-manager/testing';

import { startDaemon } from '../compose.ts';
import { configSecrets, readConfig } from '../config.ts';
import { fakeToken, FakeManager } from './fake-manager.ts';

/** With which daemons of a room come to the API server; it looks like no token, so that no pattern knows it. */
export const fakeClusterToken = 'what-the-api-server-knows-us-by';

export interface DaemonRoom {
  readonly cluster: FakeApiServer;
  readonly manager: FakeManager;
  readonly folder: string;
  /** The settings with which a daemon of this room is started, as a process too. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts one in this process; @returns how to stop it. */
  startDaemon(settings?: Readonly<Record<string, string>>, logger?: Logger): () => Promise<void>;
  /** @throws Error when a daemon broke the contract. */
  stop(): Promise<void>;
}

/** A cluster and a manager on loopback ports, and daemons between them that try again soon. */
export async function openDaemonRoom(): Promise<DaemonRoom> {
  const folder = mkdtempSync(join(tmpdir(), 'daemon-room-'));
  const cluster = await new FakeApiServer().start();
  const manager = await new FakeManager().start();
  const kubeconfig = join(folder, 'kubeconfig');
  writeFileSync(kubeconfig, cluster.kubeconfig);
  const environment = {
    RELEASE_MANAGER_URL: manager.url,
    RELEASE_MANAGER_TOKEN: fakeToken,
    ENVIRONMENT: 'dev',
    KUBECONFIG: kubeconfig,
    DATA_DIR: join(folder, 'data'),
  };
  const stops = new Set<() => Promise<void>>();
  return {
    cluster,
    manager,
    folder,
    environment,
    startDaemon(settings = {}, logger = silentLogger) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const lifecycle = createLifecycle({ logger, process: { on: () => undefined, exit: () => resolve() } });
      const config = readConfig({ ...environment, ...settings });
      const redactor = createRedactor();
      for (const secret of configSecrets(config)) redactor.register(secret);
      const started = startDaemon(config, {
        logger,
        lifecycle,
        redactor,
        // Reading a kubeconfig takes a process of its own, and a second.
        credentials: {
          current: async () => ({
            server: cluster.url,
            headers: { authorization: `Bearer ${fakeClusterToken}` },
            tls: {},
          }),
          refused: () => undefined,
        },
        timing: {
          reflector: { base: 10, cap: 50, probeMs: 50 },
          delivery: { gatherMs: 1, base: 10, cap: 50, heartbeatMs: 500 },
          looks: { base: 10, cap: 50, looks: 1_000 },
        },
      });
      const stop = async (): Promise<void> => {
        stops.delete(stop);
        await started;
        void lifecycle.stop('the test is over');
        await promise;
      };
      stops.add(stop);
      return stop;
    },
    async stop() {
      await Promise.all([...stops].map((stop) => stop()));
      await cluster.stop();
      await manager.stop();
      rmSync(folder, { recursive: true, force: true });
      if (manager.complaints.length > 0) throw new Error(`the contract was broken: ${manager.complaints.join('; ')}`);
    },
  };
}
