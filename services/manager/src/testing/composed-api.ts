import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Database } from '@release-manager/postgres';
import { createContext, createLifecycle, createMetrics, createRedactor, silentLogger } from '@release-manager/runtime';
import { testDatabase } from '@release-manager/testing';

import { readConfig } from '../config.ts';
import { buildApi } from '../setup/api.ts';
import { layFoundation } from '../setup/foundation.ts';

export const adminToken = 'admin-token-of-this-test';

/** The API as the manager composes it, on a real database and the built-in config repo; only no worker runs. */
export interface ComposedApi {
  readonly url: string;
  readonly database: Database;
  /** Its DATA_DIR. */
  readonly folder: string;
  /** Reads the config repo again. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** @param more settings beside those that every test needs */
export async function openComposedApi(more: Readonly<Record<string, string>> = {}): Promise<ComposedApi> {
  const test = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'composed-api-'));
  const lifecycle = createLifecycle({ logger: silentLogger, process: { on: () => undefined, exit: () => undefined } });
  const settings = {
    DATA_DIR: folder,
    DATABASE_URL: test.url,
    ADMIN_TOKEN: adminToken,
    RATE_LIMIT_PER_MINUTE: '1000000',
    ...more,
  };
  const foundation = await layFoundation(readConfig(settings), 'http://localhost', {
    logger: silentLogger,
    context: createContext(),
    redactor: createRedactor(),
    lifecycle,
    metrics: createMetrics(),
  });
  await foundation.repo.refresh();
  const app = await buildApi(foundation);
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    database: test.database,
    folder,
    async refresh() {
      await foundation.repo.refresh();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await lifecycle.stop('the test is over');
      await test.drop();
      // A git that was told to end may still write its last file.
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
